import { aside } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import { whole } from '../values/numbers.ts';
import { wordOf } from '../values/words.ts';

const TO_DISPLAY = 'sound goes to the display';

/** `<audio>`: where the host lets sound out. */
export const audio = aside({
  attributes: {
    id: ignored(TO_DISPLAY, whole(1)),
    type: ignored(
      TO_DISPLAY,
      wordOf('none', 'alsa', 'coreaudio', 'dbus', 'jack', 'oss', 'pulseaudio', 'pipewire', 'sdl', 'spice'),
    ),
  },
});

/** Which of them a sound card is on. */
export const soundAudio = aside({ attributes: { id: ignored(TO_DISPLAY, whole(1)) } });
