// Text that others wrote, made safe for a terminal: it can neither move the cursor nor look like a line of ours. Pure.
// Escape sequences as ECMA-48 §5.3–5.6 and xterm read them, in their 7-bit and 8-bit forms.

const indent = "    ";
const tabWidth = "    ";

const esc = String.raw`\u001b`;
const lineBreak = String.raw`\n\v\f\r\u0085\u2028\u2029`;
const stringEnd = String.raw`\u0007\u0018\u001a\u001b\u0080-\u0084\u0086-\u009f`;

// CSI: parameters, intermediates, final byte. One that breaks off ends there.
const controlSequence = String.raw`(?:${esc}\[|\u009b)[0-?]*[ -\u002f]*[@-~]?`;

// DCS, SOS, OSC, PM, APC with their string: up to BEL, ST, CAN or SUB, or to where another sequence starts; one that
// never ends hides the rest of its line and no more.
const stringStart = String.raw`(?:${esc}[PX\]^_]|[\u0090\u0098\u009d-\u009f])`;
const controlString = String.raw`${stringStart}(?:[^${stringEnd}]*(?:[\u0007\u0018\u001a\u009c]|${esc}\\|(?=[${stringEnd}]))|[^${lineBreak}]*)`;

// All others: intermediates and a final byte; an escape alone at the end.
const shortSequence = String.raw`${esc}[ -\u002f]*[0-~]?`;

const sequences = new RegExp(`${controlSequence}|${controlString}|${shortSequence}`, "g");
const lineBreaks = new RegExp(String.raw`\r\n|[${lineBreak}]`, "g");

// The flags of England, Scotland, Wales are a black flag and tag characters, which are invisible anywhere else.
// Joiners (U+200C, U+200D) shape emoji, Persian and Indic scripts and stay, and so do variation selectors.
const flagOrUnseen =
  /(?<flag>\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f})|[[\p{Cc}--\n][[\p{Cf}&&\p{Default_Ignorable_Code_Point}]--[\u200c\u200d]]\ufff9-\ufffb]/gv;

/**
 * `text` without control characters, escape sequences, bidirectional marks and invisible format characters; every line
 * after the first indented by four spaces, a tab as four spaces, a lone surrogate as U+FFFD. In time linear in the
 * length. Safe to do twice only line by line: a second time indents again.
 */
export function shownText(text: string): string {
  return text
    .toWellFormed()
    .replace(sequences, "")
    .replace(lineBreaks, `\n${indent}`)
    .replaceAll("\t", tabWidth)
    .replace(flagOrUnseen, "$<flag>");
}
