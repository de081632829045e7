
'use strict';
// A click on a heading sorts the table by it, a second one turns the order; the field above the findings hides rows.
const worst = ['error', 'warning', 'note', 'not looked at', 'waived'];
function key(cell) {
  const text = cell.textContent;
  if (cell.classList.contains('n')) return Number(text);
  return worst.includes(text) ? worst.indexOf(text) : text;
}
function sort(table, column, down) {
  const body = table.tBodies[0], rows = Array.from(body.rows, (row) => [key(row.cells[column]), row]);
  rows.sort((a, b) => {
    const order = typeof a[0] === 'number' && typeof b[0] === 'number' ? a[0] - b[0] : String(a[0]).localeCompare(String(b[0]));
    return down ? -order : order;
  });
  body.append(...rows.map((pair) => pair[1]));
}
for (const table of document.querySelectorAll('table')) {
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      sort(table, column, down);
    });
  });
}
const filter = document.getElementById('filter'), field = filter.querySelector('input'), count = filter.querySelector('span');
const rows = Array.from(document.getElementById('findings').tBodies[0].rows);
function show() {
  const wanted = field.value.toLowerCase();
  let n = 0;
  for (const row of rows) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
    n += row.hidden ? 0 : 1;
  }
  count.textContent = n + ' of ' + rows.length;
}
field.addEventListener('input', show);
filter.hidden = false;
show();
