import { json } from "@codemirror/lang-json";
import { MergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

import styles from "./Editor.module.css";
import { colours, look } from "./editorLook";

interface Props {
  left: { label: string; text: string };
  right: { label: string; text: string };
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

/** Two texts beside each other, with what differs marked. In a shadow root, for the same reason as the editor. */
export default function Comparison({ left, right }: Props) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = host.current;
    if (!place) return;
    const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
    const side = ({ label, text }: Props["left"]) => ({
      doc: text,
      extensions: [column, EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" })],
    });
    const view = new MergeView({
      a: side(left),
      b: side(right),
      parent: root,
      root,
      gutter: false,
      collapseUnchanged: { margin: 3, minSize: 8 },
    });
    return () => view.destroy();
  }, [left, right]);
  return <div ref={host} className={styles.comparison} />;
}
