// The storage drawing as SVG: a column a cell, a row a view, wrapped to the width there is.

const ROW = 22;
const LETTER = 7.3;

function fitting(cells, cell, room) {
  const fit = Math.max(4, Math.floor(room / cell));
  return cells <= fit ? cells : fit - (fit % 4);
}

const kindOfRow = (label) => (/^(expected|observed)/.exec(label) || ['operand'])[0];

// The runs of one line of marks: a mark and the cells on which its element goes on are one box.
function boxes(marks) {
  const found = [];
  marks.forEach((mark, place) => {
    if (mark === '=' && found.length && found.at(-1).end === place) found.at(-1).end += 1;
    else if (mark !== '.') found.push({ mark: mark === '=' ? '' : mark, start: place, end: place + 1 });
  });
  return found;
}

function inText([title, head, rows, notes]) {
  const said = rows.map(([label, marks]) => {
    const places = marks.split(' ').map((mark, cell) => [mark, cell]).filter(([mark]) => mark !== '.' && mark !== '=');
    return `${label}: ${places.map(([mark, cell]) => `${mark} on cell ${cell}`).join('; ') || 'no element'}`;
  });
  return [title, head, ...said, ...notes].join('. ');
}

function draw(picture, room) {
  const [title, head, rows, notes] = picture;
  const split = rows.map(([label, marks]) => [label, marks ? marks.split(' ') : []]);
  const cells = Math.max(0, ...split.map(([, marks]) => marks.length));
  const expected = split.filter(([label]) => kindOfRow(label) === 'expected');
  const margin = Math.max(...split.map(([label]) => label.length)) * LETTER + 12;
  const longest = Math.max(2, String(cells).length, ...split.flatMap(([, marks]) => marks.map((mark) => mark.length)));
  const cell = longest * LETTER + 8;
  const across = fitting(cells, cell, room - margin - 2) || 1;
  const parts = [];
  let top = 0;
  for (let start = 0; start < cells; start += across) {
    const end = Math.min(cells, start + across);
    for (let place = start; place < end; place += 1) {
      parts.push(shape('text', { class: 'cell', x: margin + (place - start + 0.5) * cell, y: top + 11 }, place));
    }
    top += 15;
    for (const [label, marks] of split) {
      const kind = kindOfRow(label);
      parts.push(shape('text', { class: `label ${kind}`, x: 0, y: top + 15 }, label));
      parts.push(shape('rect', { class: 'ground', x: margin, y: top, width: (end - start) * cell, height: ROW - 2 }));
      for (const box of boxes(marks.slice(start, end))) {
        const off = kind === 'observed' && expected.length === 1
          && expected[0][1][start + box.start] !== marks[start + box.start];
        const left = margin + box.start * cell;
        parts.push(shape('rect', {
          class: `box ${kind}${off ? ' off' : ''}${box.mark.includes('+') ? ' many' : ''}`,
          x: left + 0.5, y: top + 0.5, width: (box.end - box.start) * cell - 1, height: ROW - 3, rx: 2,
        }));
        parts.push(shape('text', { class: `mark ${kind}`, x: left + (box.end - box.start) * cell / 2, y: top + 15 }, box.mark));
      }
      top += ROW;
    }
    top += 8;
  }
  const width = Math.ceil(margin + Math.min(cells, across) * cell + 1);
  const picture_ = shape('svg', { width, height: top, viewBox: `0 0 ${width} ${top}`, role: 'img', 'aria-label': inText(picture) }, parts);
  return element('figure', {},
    element('figcaption', {}, element('b', {}, title), ` ${head.replace('storage: ', '')}`),
    scroller(`drawing of the ${title}`, picture_),
    notes.map((note) => element('p', { class: 'hint' }, note)));
}
