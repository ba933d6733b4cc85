import { useRef, useState, type ClipboardEvent, type DragEvent } from "react";

import { Button } from "../../ui/Button";
import { tellProblem } from "../../ui/Toasts";
import ui from "../../ui/ui.module.css";
import { dataUrl, type Image } from "./ask";
import { readImages } from "./images";
import styles from "./Playground.module.css";

interface Props {
  isBusy: boolean;
  problem: string;
  onSend: (text: string, images: readonly Image[]) => void;
  onStop: () => void;
}

export function Composer({ isBusy, problem, onSend, onStop }: Props) {
  const [text, setText] = useState("");
  const [images, setImages] = useState<readonly Image[]>([]);
  const [isOver, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const canSend = !isBusy && !problem && (text.trim() !== "" || images.length > 0);

  const add = async (files: Iterable<File>) => {
    const all = [...files];
    const taken = await readImages(all);
    if (taken.length < all.length) tellProblem(new Error("Only PNG, JPEG, WebP and GIF pictures of at most 8 MB can be sent."));
    setImages((before) => [...before, ...taken]);
  };

  const send = () => {
    if (!canSend) return;
    onSend(text.trim(), images);
    setText("");
    setImages([]);
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void add(event.dataTransfer.files);
  };

  const paste = (event: ClipboardEvent) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    void add(event.clipboardData.files);
  };

  return (
    <form
      className={styles.composer}
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {images.length ? (
        <ul className={styles.images}>
          {images.map((image, index) => (
            <li key={index}>
              <img src={dataUrl(image)} alt={image.name} />
              <Button small look="quiet" aria-label={`Remove ${image.name}`} onClick={() => setImages(images.filter((_, other) => other !== index))}>
                <span aria-hidden="true">✕</span>
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      <label className={ui.hidden} htmlFor="playground-message">
        Message
      </label>
      <textarea
        id="playground-message"
        className={styles.message}
        rows={2}
        placeholder="Ask something; drop or paste a picture"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onPaste={paste}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <div className={styles.composerFoot}>
        <input
          ref={chooser}
          type="file"
          accept="image/png,image/jpeg,image/webp,image/gif"
          multiple
          hidden
          onChange={(event) => void add(event.target.files ?? [])}
        />
        <Button small onClick={() => chooser.current?.click()}>
          Add a picture
        </Button>
        <span className={styles.hint}>{problem || "Enter sends, Shift+Enter makes a line"}</span>
        {isBusy ? (
          <Button look="danger" onClick={onStop}>
            Stop
          </Button>
        ) : (
          <Button type="submit" look="primary" disabled={!canSend}>
            Send
          </Button>
        )}
      </div>
    </form>
  );
}
