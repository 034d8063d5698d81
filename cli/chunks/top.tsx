import { Box, render, Text, useApp, useInput, useStdout } from 'ink';
import { useEffect, useState } from 'react';
import { alignColumns } from '../output/table.ts';
import { cells, header } from '../top/cells.ts';
import { type Load, loads, ORDERS, type Order, sorted } from '../top/rates.ts';
import type { Sample } from '../top/sample.ts';

export interface TopOptions {
  readonly look: () => Promise<Sample[]>;
  readonly intervalMs: number;
  readonly order: Order;
  readonly namespaces: boolean;
}

/** Lines that are not of machines. */
const FRAME_LINES = 3;
const FIRST_INTERVAL_MS = 500;

/** Looks again and again, and keeps what happened in between. */
function useLoads({ look, intervalMs }: TopOptions): { readonly list: readonly Load[]; readonly problem?: string } {
  const [state, setState] = useState<{ list: readonly Load[]; problem?: string }>({ list: [] });
  useEffect(() => {
    let [before, timer]: [Sample[], NodeJS.Timeout | undefined] = [[], undefined];
    let isOver = false;
    const step = async (): Promise<void> => {
      const first = before.length === 0;
      try {
        const after = await look();
        if (!isOver) setState({ list: loads(before, after) });
        before = after;
      } catch (error) {
        setState(({ list }) => ({ list, problem: (error as Error).message }));
      }
      if (!isOver) timer = setTimeout(() => void step(), first ? FIRST_INTERVAL_MS : intervalMs);
    };
    void step();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [look, intervalMs]);
  return state;
}

function Keys({ order }: { readonly order: Order }) {
  return (
    <Text dimColor>
      {(Object.keys(ORDERS) as Order[])
        .map((name) => `${ORDERS[name].key} ${name === order ? `[${name}]` : name}`)
        .join('  ')}
      {'  q quit'}
    </Text>
  );
}

function View(options: TopOptions) {
  const { list, problem } = useLoads(options);
  const [order, setOrder] = useState(options.order);
  const { exit } = useApp();
  const { stdout } = useStdout();
  useInput((input, key) => {
    if (input === 'q' || key.escape) exit();
    const chosen = (Object.keys(ORDERS) as Order[]).find((name) => ORDERS[name].key === input);
    if (chosen) setOrder(chosen);
  });
  const room = Math.max(1, ((stdout as Partial<NodeJS.WriteStream>).rows || 24) - FRAME_LINES - 1);
  const shown = sorted(list, order).slice(0, room);
  const [head = '', ...rows] = alignColumns([
    header(options.namespaces),
    ...shown.map((load) => cells(load, options.namespaces)),
  ]);
  const running = list.filter(({ cpus }) => cpus !== undefined).length;
  return (
    <Box flexDirection="column">
      <Text>
        {list.length} machines, {running} running{list.length > shown.length ? `, ${shown.length} shown` : ''}
        {problem === undefined ? '' : `  ${problem}`}
      </Text>
      <Text inverse wrap="truncate">
        {head}
      </Text>
      {rows.map((row, index) => (
        <Text key={`${shown[index]?.namespace}/${shown[index]?.name}`} wrap="truncate">
          {row}
        </Text>
      ))}
      <Keys order={order} />
    </Box>
  );
}

/** Shows the machines until the person leaves. */
export async function showTop(options: TopOptions): Promise<void> {
  await render(<View {...options} />, { patchConsole: false }).waitUntilExit();
}
