/** Server-sent events out of pieces of text, however they were cut. */

const LINE_END = /\r\n|\n|\r/;

export class EventReader {
  #rest = "";
  #data: string[] = [];

  /** The data of every event that is complete with this piece. */
  feed(piece: string): string[] {
    const lines = (this.#rest + piece).split(LINE_END);
    this.#rest = lines.pop() ?? "";
    // A carriage return at the very end may be half of a line end.
    if (piece.endsWith("\r")) {
      this.#rest = `${lines.pop() ?? ""}\r`;
    }
    const found: string[] = [];
    for (const line of lines) {
      if (line.startsWith("data:")) this.#data.push(line.slice(line[5] === " " ? 6 : 5));
      else if (line === "" && this.#data.length) {
        found.push(this.#data.join("\n"));
        this.#data = [];
      }
    }
    return found;
  }

  /** What an end without an empty line leaves. */
  finish(): string[] {
    return this.feed("\n\n");
  }
}
