// Runs in the page: notes when which numbered picture is on the screen, from its pixels.

/**
 * Called with the source of `readNumber` (test/support/counted-clip.ts). A canvas is looked at before
 * each repaint, a video whenever it has a new picture.
 * @returns {() => [number, number][]} what was shown since the last call: number, UTC milliseconds
 */
export function noteShown(readNumber, selector) {
  const width = 160;
  let shown = [];
  let last = -1;
  const copy = document.createElement('canvas');
  const context = copy.getContext('2d', { willReadFrequently: true });
  const followed = new WeakSet();

  function look(source, sourceWidth, sourceHeight) {
    if (sourceWidth === 0 || sourceHeight === 0) return;
    const height = Math.round((width * sourceHeight) / sourceWidth);
    if (copy.width !== width || copy.height !== height) Object.assign(copy, { width, height });
    context.drawImage(source, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, Math.ceil(height / 4));
    const number = readNumber(data, width, height);
    if (number === undefined || number === last) return;
    last = number;
    shown.push([number, Date.now()]);
  }

  function follow(video) {
    if (followed.has(video)) return;
    followed.add(video);
    const onPicture = () => {
      look(video, video.videoWidth, video.videoHeight);
      if (video.isConnected) video.requestVideoFrameCallback(onPicture);
    };
    video.requestVideoFrameCallback(onPicture);
  }

  function onRepaint() {
    const source = document.querySelector(selector)?.querySelector('canvas, video');
    if (source instanceof HTMLVideoElement) follow(source);
    else if (source) look(source, source.width, source.height);
    requestAnimationFrame(onRepaint);
  }
  onRepaint();
  window.takeShown = () => {
    const taken = shown;
    shown = [];
    return taken;
  };
}
