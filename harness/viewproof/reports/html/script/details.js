// One finding, opened: expected beside observed, the drawing, the rule, the script, further cases.

const quoted = (said) => `'${said.replaceAll("'", "'\\''")}'`;

// Two texts with what is unlike in them marked: all but their common beginning and end.
function unlike(one, other) {
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < one.length - start && end < other.length - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  // Not within a word or a number: the reader compares those whole.
  while (start > 0 && /[\w.]/.test(one[start - 1])) start -= 1;
  while (end > 0 && /[\w.]/.test(one.at(-end))) end -= 1;
  const parts = (said) => [said.slice(0, start), element('mark', {}, said.slice(start, said.length - end)), said.slice(said.length - end)];
  return [parts(one), parts(other)];
}

function ruleOf(name) {
  const [level, doc, source, fault] = D.rules[name] || [];
  if (!doc) return element('p', {}, element('code', {}, name), ' is a rule that this version does not have.');
  const [first, ...rest] = doc.split('\n');
  return [
    element('p', {}, element('code', {}, name), ` (level ${level}): ${first}`),
    element('details', {}, element('summary', {}, 'The clause and its source'),
      rest.some((line) => line) && element('p', {}, rest.join(' ').trim()),
      element('p', {}, 'Source: ', element('code', {}, source)),
      element('p', {}, `The fault that proves it can fail: ${fault}.`)),
  ];
}

function issueBlock(row) {
  const id = issueOf(row);
  if (id === null) return null;
  const [kind, title, source] = D.issues[id] || ['', 'it is not among the known issues of this version', ''];
  return [
    element('h3', {}, `Known ${kind || 'issue'}`),
    element('p', {}, title, source && [' — ', element('code', {}, source)]),
    element('p', { class: 'hint' }, element('code', {}, id)),
  ];
}

function command(line) {
  return element('p', { class: 'command' }, element('code', {}, line), ' ', copyButton('Copy', line));
}

function openedFinding(index, room) {
  const row = D.findings[index];
  const { pictures, script, scripted, further } = detailsOf(index);
  const address = addressOf(row);
  const [expected, observed] = unlike(text(row[EXPECTED]), text(row[OBSERVED]));
  return element('div', { class: 'opened' },
    element('p', { class: 'command' }, element('code', { class: 'case' }, text(row[CASE])), ' ',
      copyButton('Copy case', text(row[CASE])), ' ', copyButton('Copy address', address)),
    element('dl', { class: 'sides' },
      element('div', {}, element('dt', {}, 'expected'), element('dd', {}, expected)),
      element('div', {}, element('dt', {}, 'observed'), element('dd', {}, observed))),
    element('h3', {}, 'Drawing'),
    typeof pictures === 'string' ? element('p', { class: 'hint' }, `None: ${pictures}.`) : pictures.map((one) => draw(one, room)),
    element('h3', {}, 'Rule'),
    ruleOf(text(row[RULE])),
    issueBlock(row),
    element('h3', {}, 'Reproduction ', scripted && copyButton('Copy script', script)),
    scripted
      ? scroller('reproduction script', element('pre', {}, element('code', {}, script)))
      : element('p', { class: 'hint' }, `No script here: ${script}.`),
    command(`viewproof show ${quoted(address)}${D.options}`),
    command(`viewproof repro ${quoted(address)}${D.options}`),
    further.length > 0 && [
      element('h3', {}, 'Further cases of it'),
      element('ul', { class: 'cases' }, further.map((one) => element('li', {}, element('code', {}, one)))),
    ],
    row[COUNT] > further.length + 1 && element('p', { class: 'hint' },
      `${number(row[COUNT])} verdicts show it; journal.jsonl names every case.`));
}
