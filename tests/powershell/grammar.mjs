// SPDX-License-Identifier: MIT
// grammar.mjs MODULES TEST_EMIT_SCRIPT: a second opinion on the emitted scripts, where there is no .NET: the grammar
// of npm's tree-sitter-powershell finds no error in them, and no command but their own functions and Set-StrictMode. MODULES
// is a folder with node_modules, which grammar.sh installs.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const [modules, emit] = process.argv.slice(2);
const require = createRequire(path.resolve(modules) + '/');
const grammar = require.resolve('tree-sitter-powershell/tree-sitter-powershell.wasm');
const { Parser, Language } = require('web-tree-sitter');
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(grammar));

const all = (node, want, found = []) => {
  if (want(node)) found.push(node);
  for (const child of node.children) all(child, want, found);
  return found;
};

function complaints(text) {
  const root = parser.parse(text).rootNode;
  const errors = !root.hasError ? [] : all(root, n => n.isError || n.isMissing).map(n => `${n.startPosition.row + 1}: ${n.text.slice(0, 80)}`);
  const own = new Set(root.descendantsOfType('function_name').map(n => n.text.toLowerCase()));
  const strangers = root.descendantsOfType('command_name').map(n => n.text)
    .filter(name => !own.has(name.toLowerCase()) && name !== 'Set-StrictMode');
  return [...errors, ...strangers.map(name => `not its own command: ${name}`)];
}

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'wsusck-grammar-'));
let bad = 0, files = 0;
for (const sample of ['--write', '--write-machine']) {
  execFileSync(emit, [sample, work]);
  for (const name of fs.readdirSync(work).filter(n => n.endsWith('.ps1'))) {
    const text = fs.readFileSync(path.join(work, name), 'utf8');
    files++;
    for (const line of complaints(text)) { bad++; console.log(`${name}:${line}`); }
    if (!parser.parse(text.replace('$Steps = @(', '$Steps = @((')).rootNode.hasError) { bad++; console.log(`${name}: a missing bracket is not noticed`); }
  }
}
fs.rmSync(work, { recursive: true });
console.log(`${files} scripts, ${bad} complaints`);
process.exit(bad > 0 || files < 8 ? 1 : 0);
