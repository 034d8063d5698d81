import AgentExec from './agent/exec.ts';

export default class Exec extends AgentExec {
  static override summary = 'Run a program in a guest through its agent; short for agent exec.';
  static override examples = ['<%= config.bin %> exec web -- uname -a'];
}
