import { type Node, type TreeFile, treeOf } from './iso-tree.ts';

/** ECMA-119, and Joliet's specification for the names that people gave the files. */
const SECTOR = 2048;
const SYSTEM_SECTORS = 16;
/** Joliet at level 3: UCS-2. */
const JOLIET = Buffer.from('%/E', 'latin1');
/** The same bytes for the same files, so that a seed is known by its digest: 2000-01-01, UTC. */
const RECORD_DATE = Buffer.from([100, 1, 1, 0, 0, 0, 0]);
const LONG_DATE = Buffer.concat([Buffer.from('2000010100000000', 'latin1'), Buffer.of(0)]);
const NO_DATE = Buffer.concat([Buffer.alloc(16, '0', 'latin1'), Buffer.of(0)]);

type Encode = (name: string) => Buffer;
const plain: Encode = (name) => Buffer.from(name, 'latin1');
const ucs2: Encode = (name) => Buffer.from(name, 'utf16le').swap16();

const sectorsOf = (bytes: number): number => Math.ceil(bytes / SECTOR);
const padded = (content: Buffer): Buffer =>
  Buffer.concat([content, Buffer.alloc(sectorsOf(content.length) * SECTOR - content.length)]);

/** A number in both byte orders, as ECMA-119 7.2.3 and 7.3.3 have it. */
function both16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value, 0);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}

function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

interface Extent {
  readonly start: number;
  readonly bytes: number;
}

function record(name: Buffer, { start, bytes }: Extent, isFolder: boolean): Buffer {
  const length = 33 + name.length + (name.length % 2 === 0 ? 1 : 0);
  const head = Buffer.concat([
    Buffer.of(length, 0),
    ...[both32(start), both32(bytes), RECORD_DATE],
    Buffer.of(isFolder ? 2 : 0, 0, 0),
    both16(1),
    Buffer.of(name.length),
    name,
  ]);
  return Buffer.concat([head, Buffer.alloc(length - head.length)]);
}

/** Records one after the other, none across the end of a sector. */
function packed(records: readonly Buffer[]): Buffer {
  const out: Buffer[] = [];
  let at = 0;
  for (const one of records) {
    const left = SECTOR - (at % SECTOR);
    if (one.length > left) out.push(Buffer.alloc(left));
    at += one.length > left ? left + one.length : one.length;
    out.push(one);
  }
  return padded(Buffer.concat(out));
}

/** Where everything of one of the two trees is. */
interface Places {
  readonly tables: readonly [little: number, big: number];
  readonly folders: ReadonlyMap<Node, Extent>;
}

type Files = ReadonlyMap<Node, Extent>;

function folder(node: Node, encode: Encode, { folders }: Places, files: Files): Buffer {
  const own = folders.get(node) ?? { start: 0, bytes: 0 };
  const parent = folders.get(node.parent ?? node) ?? own;
  const children = node.children.map((child) => ({ child, name: encode(child.name) }));
  children.sort((a, b) => Buffer.compare(a.name, b.name));
  return packed([
    record(Buffer.of(0), own, true),
    record(Buffer.of(1), parent, true),
    ...children.map(({ child, name }) => {
      const extent = (child.content ? files : folders).get(child) ?? { start: 0, bytes: 0 };
      return record(name, extent, child.content === undefined);
    }),
  ]);
}

function pathTable(all: readonly Node[], encode: Encode, { folders }: Places, big: boolean): Buffer {
  const rows = all.map((node) => {
    const name = node.parent ? encode(node.name) : Buffer.of(0);
    const parent = all.indexOf(node.parent ?? node) + 1;
    const row = Buffer.alloc(8 + name.length + (name.length % 2));
    row[0] = name.length;
    const start = folders.get(node)?.start ?? 0;
    if (big) row.writeUInt32BE(start, 2);
    else row.writeUInt32LE(start, 2);
    if (big) row.writeUInt16BE(parent, 6);
    else row.writeUInt16LE(parent, 6);
    name.copy(row, 8);
    return row;
  });
  return Buffer.concat(rows);
}

interface Volume {
  readonly joliet: boolean;
  readonly label: string;
  readonly sectors: number;
  readonly places: Places;
  readonly root: Node;
  readonly tableBytes: number;
}

function descriptor({ joliet, label, sectors, places, root, tableBytes }: Volume): Buffer {
  const text = (value: string, length: number): Buffer => {
    const blank = joliet ? ucs2(' '.repeat(length / 2)) : Buffer.alloc(length, ' ', 'latin1');
    (joliet ? ucs2 : plain)(value).copy(blank);
    return blank.length === length ? blank : Buffer.concat([blank, Buffer.alloc(length - blank.length)]);
  };
  const [little, big] = places.tables;
  const table = Buffer.alloc(16);
  table.writeUInt32LE(little, 0);
  table.writeUInt32BE(big, 8);
  const escapes = Buffer.alloc(32);
  if (joliet) JOLIET.copy(escapes);
  return padded(
    Buffer.concat([
      ...[Buffer.of(joliet ? 2 : 1), Buffer.from('CD001', 'latin1'), Buffer.of(1, 0)],
      ...[text('', 32), text(label, 32), Buffer.alloc(8), both32(sectors), escapes],
      ...[both16(1), both16(1), both16(SECTOR), both32(tableBytes), table],
      record(Buffer.of(0), places.folders.get(root) ?? { start: 0, bytes: 0 }, true),
      ...[text('', 128), text('', 128), text('', 128), text('VMCTL', 128)],
      ...[text('', 37), text('', 37), text('', 37)],
      ...[LONG_DATE, LONG_DATE, NO_DATE, NO_DATE, Buffer.of(1, 0)],
    ]),
  );
}

/** The end of the list of descriptors. */
const terminator = (): Buffer => padded(Buffer.concat([Buffer.of(255), Buffer.from('CD001', 'latin1'), Buffer.of(1)]));

/** A folder's size does not depend on where things are. */
const folderBytes = (node: Node, encode: Encode): number =>
  folder(node, encode, { tables: [0, 0], folders: new Map() }, new Map()).length;

/**
 * A CD-ROM image with some small files, readable by their names everywhere: an ISO 9660 volume whose names are as they are given,
 * and a Joliet volume with the same files. The same input gives the same bytes.
 * @param label at most 16 characters
 */
export function iso9660(label: string, files: readonly TreeFile[]): Buffer {
  const root = treeOf(files);
  const folders = allFolders(root);
  let next = SYSTEM_SECTORS + 3;
  const take = (bytes: number): Extent => {
    const extent = { start: next, bytes };
    next += sectorsOf(bytes);
    return extent;
  };
  const volumes = [
    { joliet: false, encode: plain },
    { joliet: true, encode: ucs2 },
  ].map(({ joliet, encode }) => {
    const none = { tables: [0, 0], folders: new Map() } as const;
    const tableBytes = pathTable(folders, encode, none, false).length;
    const tables = [take(tableBytes).start, take(tableBytes).start] as const;
    const extents = new Map(folders.map((node) => [node, take(folderBytes(node, encode))]));
    return { joliet, encode, tableBytes, places: { tables, folders: extents } };
  });
  const contents = allFiles(root);
  const extents = new Map(contents.map((node) => [node, take(node.content?.length ?? 0)]));
  const sectors = next;
  return Buffer.concat([
    Buffer.alloc(SYSTEM_SECTORS * SECTOR),
    ...volumes.map((volume) => descriptor({ ...volume, label, sectors, root })),
    terminator(),
    ...volumes.flatMap(({ encode, places }) => [
      padded(pathTable(folders, encode, places, false)),
      padded(pathTable(folders, encode, places, true)),
      ...folders.map((node) => folder(node, encode, places, extents)),
    ]),
    ...contents.map((node) => padded(node.content ?? Buffer.alloc(0))),
  ]);
}

/** Breadth first, as path tables want them. */
function allFolders(root: Node): Node[] {
  const found = [root];
  for (const node of found) found.push(...node.children.filter(({ content }) => content === undefined));
  return found;
}

const allFiles = (node: Node): Node[] =>
  node.children.flatMap((child) => (child.content === undefined ? allFiles(child) : [child]));
