// SPDX-License-Identifier: MIT
// duckdb.mjs: the DuckDB contender. Needs @duckdb/node-api (run.sh puts it into a temporary folder).
//   node duckdb.mjs load DATABASE UPD.csv APPR.csv     tables in key order
//   node duckdb.mjs join|group DATABASE OUT            OUT.upd.csv and OUT.appr.csv: what differs
import { createRequire } from 'node:module';
const require = createRequire(process.env.BENCH_NODE_MODULES + '/');
const { DuckDBInstance } = require('@duckdb/node-api');

const [command, database, ...rest] = process.argv.slice(2);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const options = { threads: '2' };
if (command !== 'load') options.access_mode = 'READ_ONLY';
const instance = await DuckDBInstance.create(database, options);
const connection = await instance.connect();

const keys = { upd: ['id'], appr: ['upd', 'grp'] };
const fields = {
  upd: ['revision', 'state', 'class', 'products', 'languages', 'declined'],
  appr: ['revision', 'action', 'deadline'],
};

// One FULL JOIN a table over all edges: the fastest general form of those tried (docs/performance.md).
function join(table) {
  const columns = [...keys[table], ...fields[table]];
  const sides = columns.flatMap((f) => [`p.${f} AS p_${f}`, `c.${f} AS c_${f}`]).join(', ');
  const on = keys[table].map((k) => `p.${k} = c.${k}`).join(' AND ');
  const differs = fields[table].map((f) => `p.${f} IS DISTINCT FROM c.${f}`).join(' OR ');
  return `SELECT coalesce(p.child, c.server) AS server, ${sides}
    FROM (SELECT e.server AS child, u.* FROM ${table} u, edge e WHERE u.server = 0) p
    FULL JOIN (SELECT * FROM ${table} WHERE server <> 0) c ON p.child = c.server AND ${on}
    WHERE p.${keys[table][0]} IS NULL OR c.${keys[table][0]} IS NULL OR ${differs}`;
}

// Rows that do not stand on every server, with the servers they stand on: a trick for trees in which all servers must
// be alike.
function group(table) {
  const columns = [...keys[table], ...fields[table]].join(', ');
  return `SELECT ${columns}, string_agg(server, ' ') AS servers FROM ${table} GROUP BY ALL
    HAVING count(*) <> (SELECT count(*) + 1 FROM edge)`;
}

if (command === 'load') {
  await connection.run(`CREATE TABLE upd (server INTEGER, id UUID, revision INTEGER, state TINYINT, class SMALLINT,
    products SMALLINT, languages SMALLINT, declined TINYINT)`);
  await connection.run(`CREATE TABLE appr (server INTEGER, upd UUID, grp SMALLINT, revision INTEGER, action TINYINT,
    deadline BIGINT)`);
  await connection.run(`COPY upd FROM ${quoted(rest[0])} (HEADER)`);
  await connection.run(`COPY appr FROM ${quoted(rest[1])} (HEADER)`);
  await connection.run('CREATE TABLE edge AS SELECT DISTINCT server FROM upd WHERE server <> 0');
  await connection.run('CHECKPOINT');
} else {
  const form = command === 'group' ? group : join;
  for (const table of ['upd', 'appr'])
    await connection.run(`COPY (${form(table)}) TO ${quoted(`${rest[0]}.${table}.csv`)} (HEADER)`);
}
process.exit(0);
