/** Names that libvirt has for what qemu calls otherwise. Source: libvirt, virQEMUCapsCPUFeatureTranslationTable */
const QEMU_NAMES: Readonly<Record<string, string>> = {
  cmp_legacy: 'cmp-legacy',
  ds_cpl: 'ds-cpl',
  fxsr_opt: 'fxsr-opt',
  kvm_pv_eoi: 'kvm-pv-eoi',
  kvm_pv_unhalt: 'kvm-pv-unhalt',
  lahf_lm: 'lahf-lm',
  nodeid_msr: 'nodeid-msr',
  nrip_save: 'nrip-save',
  pause_filter: 'pause-filter',
  pclmuldq: 'pclmulqdq',
  perfctr_core: 'perfctr-core',
  perfctr_nb: 'perfctr-nb',
  svm_lock: 'svm-lock',
  tsc_adjust: 'tsc-adjust',
  tsc_deadline: 'tsc-deadline',
  tsc_scale: 'tsc-scale',
  vmcb_clean: 'vmcb-clean',
};

/** The guest itself switches these on, or the host counts by them: qemu has no words for them. Source: virQEMUCapsCPUFilterFeatures */
export const UNKNOWN: readonly string[] = ['osxsave', 'ospke', 'cmt', 'mbm_total', 'mbm_local'];

export const qemuFeature = (name: string): string =>
  (Object.hasOwn(QEMU_NAMES, name) ? QEMU_NAMES[name] : undefined) ?? name;
