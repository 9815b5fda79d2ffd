// Coverage: what was judged, on which dtypes, families and arguments, and what was left out. Made when opened.

// One operator's cases by family and suite; what the reference refuses of them is said.
function familiesOf(families) {
  const suites = [...new Set(families.map(([suite]) => suite))];
  const names = [...new Set(families.map(([, family]) => family))];
  return table('Cases by family and suite', ['family', ...suites], names.map((name) => [name, ...suites.map((suite) => {
    const [, , cases, accepted] = families.find((one) => one[0] === suite && one[1] === name) || [0, 0, 0, 0];
    return cases && accepted !== cases ? `${cases} (${cases - accepted} refused)` : cases;
  })]));
}

function sweptWith(families, dtypes, values) {
  return element('div', { class: 'swept' },
    familiesOf(families),
    element('p', {}, element('b', {}, 'dtypes of the base'), ': ', dtypes.map(([dtype, count]) => `${dtype} ${count}`).join(', ') || 'not known'),
    values.map(([argument, distinct, some]) => element('p', {}, element('b', {}, argument),
      `: ${counted(distinct, 'value')}${distinct > some.length ? ', such as' : ''} `, element('code', {}, some.join('  ')))));
}

function operatorsTable() {
  const rows = D.coverage.operators.map(([name, kind, gap, cases, families, dtypes, values]) => [
    element('code', {}, name), kind,
    gap === null ? '' : gap ? element('span', { class: 'gap' }, gap) : 'covered',
    cases, new Set(families.map(([, family]) => family)).size, dtypes.length,
    families.length ? lazy('show', () => sweptWith(families, dtypes, values)) : '',
  ]);
  return scroller('coverage by operator', table('Coverage by operator',
    ['operator', 'kind', 'coverage', 'cases', 'families', 'dtypes', 'swept with'], rows));
}

function familiesTable() {
  const sums = new Map();
  for (const [, , , , families] of D.coverage.operators) {
    for (const [suite, family, cases, accepted] of families) {
      const key = `${suite}/${family}`;
      const row = sums.get(key) || [suite, family, 0, 0, 0];
      sums.set(key, [suite, family, row[2] + 1, row[3] + cases, row[4] + accepted]);
    }
  }
  return scroller('coverage by base family', table('Coverage by base family', ['suite', 'family', 'operators', 'cases', 'accepted'], [...sums.values()]));
}

function dtypesTable() {
  const sums = new Map();
  for (const [, , , , , dtypes] of D.coverage.operators) {
    for (const [dtype, cases] of dtypes) {
      const row = sums.get(dtype) || [dtype, 0, 0];
      sums.set(dtype, [dtype, row[1] + 1, row[2] + cases]);
    }
  }
  return table('Coverage by dtype of the base', ['dtype', 'operators', 'cases'], [...sums.values()].sort((a, b) => b[2] - a[2]));
}

function rulesTable() {
  const sums = new Map();
  for (const row of D.tallies) sums.set(row[3], add(sums.get(row[3]) || zeros(), row, COUNTS));
  return scroller('coverage by rule', table('Coverage by rule', ['rule', 'level', 'verdicts', 'clause'], [...sums].map(([rule, counts]) => {
    const [level, doc] = D.rules[text(rule)] || ['', ''];
    return [element('code', {}, text(rule)), `${level}`, element('span', { class: `v-${worst(counts)}` }, inWords(counts)), doc.split('\n\n')[0]];
  })));
}

function showCoverage() {
  const { coverage } = D;
  const excluded = coverage.excluded.reduce((sum, [, names]) => sum + names.length, 0);
  byId('coverage-view').replaceChildren(
    coverage.unknown ? element('p', { class: 'note' }, `Dtypes and arguments: ${coverage.unknown}.`) : '',
    lazy(`By operator (${number(coverage.operators.length)})`, operatorsTable),
    lazy('By rule', rulesTable),
    lazy('By dtype of the base', dtypesTable),
    lazy('By base family', familiesTable),
    lazy('The catalog by kind', () => table('The catalog by kind', ['kind', 'overloads', 'in this run'], coverage.kinds)),
    lazy(`Excluded overloads, and why (${number(excluded)})`, () => table('Excluded overloads', ['reason', 'overloads'],
      coverage.excluded.map(([reason, names]) => [reason, element('div', { class: 'names' }, names.map((name) => element('code', {}, name)))]))));
}
