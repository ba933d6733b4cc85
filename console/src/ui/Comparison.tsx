import { json } from "@codemirror/lang-json";
import { MergeView, uncollapseUnchanged } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { Decoration, EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

import styles from "./Editor.module.css";
import { colours, look } from "./editorLook";

/** A line to be led to, counted from 1; another object leads there anew. */
export interface Mark {
  line: number;
}

interface Props {
  left: { label: string; text: string };
  right: { label: string; text: string };
  mark?: Mark | undefined;
}

const column: Extension = [
  lineNumbers(),
  json(),
  look,
  colours,
  EditorView.lineWrapping,
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
];

const marked = Decoration.line({ class: "cm-markedLine" });

/** Two texts beside each other, with what differs marked. In a shadow root, for the same reason as the editor. */
export default function Comparison({ left, right, mark }: Props) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = host.current;
    if (!place) return;
    const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
    const side = ({ label, text }: Props["left"], more: Extension = []) => ({
      doc: text,
      extensions: [column, EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }), more],
    });
    const view = new MergeView({
      a: side(left, mark ? EditorView.decorations.of((shown) => markLine(shown, mark.line)) : []),
      b: side(right),
      parent: root,
      root,
      gutter: false,
      collapseUnchanged: { margin: 3, minSize: 8 },
    });
    if (mark) leadTo(view.a, mark.line);
    return () => view.destroy();
  }, [left, right, mark]);
  return <div ref={host} className={styles.comparison} />;
}

function markLine(view: EditorView, line: number) {
  return line <= view.state.doc.lines ? Decoration.set([marked.range(view.state.doc.line(line).from)]) : Decoration.none;
}

/** What is folded away there is unfolded first. */
function leadTo(view: EditorView, line: number): void {
  if (line > view.state.doc.lines) return;
  const { from } = view.state.doc.line(line);
  view.dispatch({ effects: uncollapseUnchanged.of(from) });
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  view.focus();
}
