import { reasonsOf } from './argv/compare.ts';
import type { Finding } from './score.ts';

/** Texts with how many files have them, most first. */
export function tally(lists: readonly (readonly string[])[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const list of lists) for (const text of new Set(list)) counts.set(text, (counts.get(text) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, most);
  return sorted.map(([text, count]) => `${String(count).padStart(5)}  ${text}`);
}

const plain = (xpath: string): string => xpath.replace(/\[\d+\]/g, '');

/** Words of a fact that belong to one file only. */
const general = (text: string): string =>
  text.replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, 'MAC').replace(/=\/\S+/g, '=PATH');

/** What stands between us and libvirt, by how many files it concerns. */
export function topReasons(findings: readonly Finding[], most: number): string[] {
  const refused = findings.filter(({ valid, accepted }) => valid && !accepted);
  const different = findings.filter(({ loose }) => loose !== undefined);
  const lost = findings.flatMap(({ infoset }) =>
    infoset
      ? [[...infoset.lost.map((line) => `lost ${plain(line)}`), ...infoset.added.map((line) => `added ${plain(line)}`)]]
      : [],
  );
  const failed = findings.flatMap(({ command }) => (command?.failed ? [[command.failed]] : []));
  const single = refused.filter(
    ({ refused: leaves }) => new Set(leaves.map(({ reason, xpath }) => reason ?? xpath)).size === 1,
  );
  const places = (list: readonly Finding[]): string[][] =>
    list.map(({ refused: leaves }) =>
      leaves
        .filter(({ reason }, index) => leaves.findIndex((other) => other.reason === reason) === index)
        .map(({ xpath, reason = '' }) => `${plain(xpath)}: ${reason.slice(0, 140)}`),
    );
  return [
    'refused, though libvirt accepts it:',
    ...tally(places(refused), most),
    'refused for this alone:',
    ...tally(places(single), most),
    'no command line:',
    ...tally(failed, most),
    'another machine (loose):',
    ...tally(
      different.map(({ loose }) => (loose ? reasonsOf(loose).map(general) : [])),
      most,
    ),
    'another machine (strict only):',
    ...tally(
      different
        .filter(({ loose }) => loose && loose.missing.length + loose.extra.length === 0)
        .map(({ strict }) => (strict ? reasonsOf(strict).map(general) : [])),
      most,
    ),
    'qemu does not take it, though it takes libvirt’s:',
    ...tally(
      findings
        .filter(({ baseline, taken }) => baseline && taken && !taken.ok)
        .map(({ taken }) => [taken?.said.replace(/^[^:]*: /, '').replace(/\/tmp\/[^"' ]*/g, 'PATH') ?? '']),
      most,
    ),
    'lost or added:',
    ...tally(lost, most),
  ];
}

/** Everything about one file. */
export function explain(one: Finding): string[] {
  const section = (title: string, lines: readonly string[] | undefined): string[] =>
    lines?.length ? [`${title}:`, ...lines.map((line) => `  ${line}`)] : [];
  const state = one.accepted
    ? 'accepted'
    : one.valid
      ? 'refused'
      : one.caught
        ? 'refused, for the fault'
        : 'refused, but not for the fault';
  return [
    `${one.name}: ${state}${one.clean ? '' : ' (no clean decision)'}`,
    ...section('message', one.message?.split('\n')),
    ...section('lost', one.infoset?.lost),
    ...section('added', one.infoset?.added),
    ...section('no command line', one.command?.failed === undefined ? [] : [one.command.failed]),
    ...section('qemu does not take it', one.taken && !one.taken.ok ? [one.taken.said] : []),
    ...section('libvirt has, we lack (loose)', one.loose?.missing),
    ...section('we have, libvirt lacks (loose)', one.loose?.extra),
    ...section('libvirt has, we lack (strict)', one.strict?.missing),
    ...section('we have, libvirt lacks (strict)', one.strict?.extra),
  ];
}
