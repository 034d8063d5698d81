import { runProgram } from '../run.ts';
import { readTable, readTableNames } from './read.ts';
import { type Command, deleteTable, type Table, type TableName } from './table.ts';

const isMissing = (error: unknown): boolean => /No such file or directory/.test((error as Error).message);

/** What is in a table; nothing where there is none. */
async function listed(what: readonly string[]): Promise<string | undefined> {
  try {
    return await runProgram('nft', ['-j', 'list', ...what]);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function observeTable({ family, name }: TableName): Promise<Table | undefined> {
  const answer = await listed(['table', family, name]);
  return answer === undefined ? undefined : readTable(answer);
}

/** The raw answer about a table with its sets' elements; nothing where there is none. */
export const listTable = ({ family, name }: TableName): Promise<string | undefined> => listed(['table', family, name]);
/** Names of the tables of a family. */
export async function listTables(family: TableName['family']): Promise<string[]> {
  return readTableNames(await runProgram('nft', ['-j', 'list', 'tables', family]));
}

/** Every chain of the host, without rules. */
export const listChains = (): Promise<string> => runProgram('nft', ['-j', 'list', 'chains']);

/** Carries commands out in one transaction: all of them or none. */
export async function applyCommands(nftables: readonly Command[]): Promise<void> {
  await runProgram('nft', ['-j', '-f', '-'], JSON.stringify({ nftables }));
}

export const removeTable = (table: TableName): Promise<void> => applyCommands(deleteTable(table));
