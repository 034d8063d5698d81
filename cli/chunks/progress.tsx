import { setTimeout as sleep } from 'node:timers/promises';
import { Box, type Instance, render, Text } from 'ink';
import { useEffect, useState } from 'react';
import type { Item, Progress } from '../wait/progress.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const BAR = 20;

const MARKS = {
  working: { color: 'cyan', mark: undefined },
  done: { color: 'green', mark: '✓' },
  failed: { color: 'red', mark: '✗' },
} satisfies Record<Item['state'], { color: string; mark: string | undefined }>;

function Bar({ percent }: { readonly percent: number }) {
  const full = Math.round((Math.min(100, percent) / 100) * BAR);
  return (
    <Text>
      {' '}
      <Text color="cyan">{'━'.repeat(full)}</Text>
      <Text dimColor>{'━'.repeat(BAR - full)}</Text> {percent} %
    </Text>
  );
}

function Row({ item, frame }: { readonly item: Item; readonly frame: number }) {
  const { color, mark } = MARKS[item.state];
  return (
    <Box>
      <Text color={color}>{mark ?? FRAMES[frame % FRAMES.length]} </Text>
      <Text bold>{item.name}</Text>
      <Text dimColor> {item.detail}</Text>
      {item.state === 'working' && item.percent !== undefined && <Bar percent={item.percent} />}
    </Box>
  );
}

function View({ items }: { readonly items: readonly Item[] }) {
  const [frame, setFrame] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setFrame((n) => n + 1), FRAME_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Box flexDirection="column">
      {items.map((item) => (
        <Row key={item.name} item={item} frame={frame} />
      ))}
    </Box>
  );
}

/** A spinner and a bar for each thing, redrawn in place. */
export function liveProgress(stream: NodeJS.WriteStream): Progress {
  const items = new Map<string, Item>();
  const view = () => <View items={[...items.values()]} />;
  let screen: Instance | undefined;
  return {
    set: (item) => {
      items.set(item.name, item);
      if (screen) screen.rerender(view());
      else screen = render(view(), { stdout: stream, exitOnCtrlC: false, patchConsole: false });
    },
    close: async () => {
      // ink paints at most thirty times a second and drops what is not painted when it ends.
      await sleep(FRAME_MS);
      screen?.unmount();
      await screen?.waitUntilExit();
    },
  };
}
