import { lazy, Suspense } from "react";

import { Copy } from "../../ui/Copy";
import { Dialog } from "../../ui/Dialog";
import { Loading } from "../../ui/Feedback";
import { Tabs } from "../../ui/Tabs";
import ui from "../../ui/ui.module.css";
import type { WireRequest } from "./ask";
import { buildAsk, type Lane, type Options } from "./bench";
import { DIALECTS } from "./dialects/all";
import { writeCurl } from "./snippets";

const Editor = lazy(() => import("../../ui/Editor"));

interface Props {
  lane: Lane;
  index: number;
  options: Options;
  onClose: () => void;
}

/** What was sent and what came, and how the same request reads in every other dialect. */
export function BytesDialog({ lane, index, options, onClose }: Props) {
  const step = lane.steps[index];
  if (!step) return null;
  const ask = buildAsk({ ...lane, steps: lane.steps.slice(0, index) }, options, step.asked);
  const requests = DIALECTS.map((dialect) => ({ dialect, request: dialect.build(ask) }));
  const tabs = [
    { value: "answer", label: "Answer", content: <Bytes text={step.answer.raw} label="The answer's bytes" /> },
    ...requests.map(({ dialect, request }) => ({
      value: dialect.name,
      label: dialect.name === step.dialect ? `${dialect.label} (sent)` : dialect.label,
      content: <Request request={request} label={`The request in ${dialect.label}`} />,
    })),
  ];
  return (
    <Dialog title="The exact bytes" wide onClose={onClose}>
      <Tabs label="Bytes" tabs={tabs} />
    </Dialog>
  );
}

function Request({ request, label }: { request: WireRequest; label: string }) {
  const curl = writeCurl(request, window.location.origin);
  return (
    <div className={ui.stack}>
      <div className={ui.actions}>
        <code>POST {request.path}</code>
        <Copy text={curl} what="The command">
          Copy as curl
        </Copy>
      </div>
      <Bytes text={JSON.stringify(request.body, null, 2)} label={label} />
    </div>
  );
}

function Bytes({ text, label }: { text: string; label: string }) {
  return (
    <Suspense fallback={<Loading />}>
      <Editor label={label} value={text || "(nothing came)"} language="json" />
    </Suspense>
  );
}
