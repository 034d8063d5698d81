import RFB from '@novnc/novnc';

/** The page of `vmctl vnc --web`: the machine's screen, as large as the window. */
function part(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no ${id}`);
  return element;
}

const state = part('state');
const machine = decodeURIComponent(location.pathname.split('/')[1] ?? '');
part('machine').textContent = machine;
document.title = `${machine} - vmctl`;

const rfb = new RFB(part('screen'), new URL('screen', location.href).href.replace(/^http/, 'ws'), { shared: true });
rfb.scaleViewport = true;
rfb.background = '#111';
rfb.addEventListener('connect', () => {
  state.textContent = 'connected';
  rfb.focus();
});
rfb.addEventListener('disconnect', (event) => {
  const { clean } = (event as CustomEvent<{ clean: boolean }>).detail;
  state.textContent = clean ? 'the screen has ended' : 'the connection broke; reload the page to try again';
});
part('keys').addEventListener('click', () => {
  rfb.sendCtrlAltDel();
  rfb.focus();
});
part('full').addEventListener('click', () => void part('screen').requestFullscreen());
