/** What is used of noVNC's RFB object: https://github.com/novnc/noVNC/blob/master/docs/API.md */
declare module '@novnc/novnc' {
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, url: string, options?: { shared?: boolean });
    scaleViewport: boolean;
    background: string;
    focus(): void;
    sendCtrlAltDel(): void;
  }
}
