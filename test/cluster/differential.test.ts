import { crdDifferences } from './differences.ts';
import type { Scenarios } from './scenario.ts';
import { apply } from './scenarios/apply.ts';
import { create } from './scenarios/create.ts';
import { definitions } from './scenarios/definitions.ts';
import { discovery } from './scenarios/discovery.ts';
import { kubectl } from './scenarios/kubectl.ts';
import { list } from './scenarios/list.ts';
import { mutants } from './scenarios/mutants.ts';
import { patch } from './scenarios/patch.ts';
import { refuse } from './scenarios/refuse.ts';
import { remove } from './scenarios/remove.ts';
import { rules } from './scenarios/rules.ts';
import { validate } from './scenarios/validate.ts';
import { watch } from './scenarios/watch.ts';
import { compareWithReal } from './suite.ts';

const areas: Readonly<Record<string, Scenarios>> = {
  create,
  refuse,
  validate,
  patch,
  apply,
  list,
  remove,
  watch,
  mutants,
  rules,
  definitions,
  discovery,
  kubectl,
};

compareWithReal('crds', 'custom resources answer as on Kubernetes 1.36', areas, crdDifferences);
