import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching } from "@codemirror/language";
import { unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

import styles from "./Editor.module.css";
import { colours, look } from "./editorLook";

interface Props {
  label: string;
  /** What is read, or what editing begins with: mount the editor anew to begin with something else. */
  value: string;
  language: "yaml" | "json";
  /** Without it the text can only be read. */
  onChange?: (value: string) => void;
  /** Marks what differs from this. */
  original?: string;
}

const LANGUAGES = { yaml, json };

/**
 * CodeMirror inside a shadow root: there it uses constructed style sheets, which the content security policy allows; in
 * the page itself it would add a style element, which the policy refuses.
 */
export default function Editor({ label, value, language, onChange, original }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ value, onChange });
  useEffect(() => {
    latest.current = { value, onChange };
  });
  const isEditable = onChange !== undefined;

  useEffect(() => {
    const place = host.current;
    if (!place) return;
    const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
    const extensions: Extension[] = [
      lineNumbers(),
      bracketMatching(),
      LANGUAGES[language](),
      look,
      colours,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label }),
    ];
    if (isEditable) {
      extensions.push(
        history(),
        keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
        }),
      );
    } else {
      extensions.push(EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: "0" }));
    }
    if (original !== undefined) extensions.push(unifiedMergeView({ original, mergeControls: false }));
    view.current = new EditorView({ state: EditorState.create({ doc: latest.current.value, extensions }), parent: root, root });
    return () => view.current?.destroy();
  }, [label, language, isEditable, original]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || isEditable || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value, isEditable]);

  return <div ref={host} className={styles.editor} />;
}
