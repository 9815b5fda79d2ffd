// The run's data: rows of numbers, which stand for places in one table of texts.

const D = JSON.parse(byId('data').textContent);
const text = (place) => D.texts[place];

// The columns of a finding's row.
const [VERDICT, SUITE, TARGET, RULE, OPERATOR, CASE, EXPECTED, OBSERVED, DIFFERENCE, COUNT, ISSUE] = Array(11).keys();
// Where a tally's counts begin: behind operator, suite, target and rule.
const COUNTS = 4;
const WORST_FIRST = ['crash', 'timeout', 'fail', 'flaky', 'harness_error', 'missing', 'unsupported', 'waived', 'unseen', 'pass'];
const SIGN = { pass: '✓', fail: '✗', waived: '≈', unseen: '○' };

const addressOf = (row) => [SUITE, TARGET, RULE, CASE].map((column) => text(row[column])).join('/');
const issueOf = (row) => (row[ISSUE] < 0 ? null : text(row[ISSUE]));
const kindOf = (row) => (D.issues[issueOf(row)] || [''])[0];
const words = (verdict) => verdict.replace('_', ' ');

let behind = null;

// What is behind a finding: { pictures, script, further }, the first two a text where there are none.
function detailsOf(index) {
  behind ??= JSON.parse(byId('details').textContent);
  if (index >= behind.rows.length) {
    const why = `only the first ${number(behind.limit)} findings of a run carry it; the commands below give it`;
    return { pictures: why, script: why, further: [] };
  }
  const [pictures, script, further] = behind.rows[index];
  return {
    pictures: typeof pictures === 'number' ? behind.texts[pictures] : pictures.map((one) => behind.pictures[one]),
    script: typeof script === 'number' ? behind.texts[script] : script.map((line) => behind.texts[line]).join('\n'),
    scripted: typeof script !== 'number',
    further: further.map((one) => behind.texts[one]),
  };
}

const given = (counts) => WORST_FIRST.filter((verdict) => counts[D.verdicts.indexOf(verdict)]);

// The worst verdict that was seen; 'unseen' stands for the counts only where there is nothing else.
function worst(counts) {
  return given(counts).find((verdict) => verdict !== 'unseen') || given(counts)[0] || null;
}

// '12 fail, 5 unseen, 300 pass', the worst first.
function inWords(counts) {
  return given(counts)
    .map((verdict) => `${number(counts[D.verdicts.indexOf(verdict)])} ${words(verdict)}`).join(', ');
}

function add(sums, counts, from = 0) {
  for (let place = from; place < counts.length; place += 1) sums[place - from] += counts[place];
  return sums;
}

const zeros = () => D.verdicts.map(() => 0);
