/** execa, which is 320 kB: only what runs another program for a person loads it. */
export { execa } from 'execa';
