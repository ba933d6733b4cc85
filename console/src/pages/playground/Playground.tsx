import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { get } from "../../api/client";
import { PageFrame } from "../../frame/Page";
import { Button } from "../../ui/Button";
import { Problem } from "../../ui/Feedback";
import ui from "../../ui/ui.module.css";
import type { DialectName } from "./ask";
import { askTools, askUser, checkOptions, isRunning, MAX_LANES, PLAIN_OPTIONS, type Lane, type Options } from "./bench";
import { Composer } from "./Composer";
import { isDialect } from "./dialects/all";
import { LaneView } from "./LaneView";
import { OptionsPanel } from "./OptionsPanel";
import styles from "./Playground.module.css";
import { usePlayground } from "./usePlayground";

interface ModelList {
  data: { id: string }[];
}

export function Page() {
  const search = useSearch({ strict: false });
  const asked = typeof search.model === "string" ? search.model : "";
  const dialect: DialectName = typeof search.dialect === "string" && isDialect(search.dialect) ? search.dialect : "openai_chat";
  const models = useQuery({ queryKey: ["play", "models"], queryFn: ({ signal }) => get<ModelList>("/play/v1/models", {}, signal), staleTime: 60_000 });
  const names = models.data?.data.map((model) => model.id) ?? [];
  if (models.isPending) return <PageFrame title="Playground">{null}</PageFrame>;
  return (
    <>
      {models.error ? <Problem error={models.error} onRetry={() => void models.refetch()} /> : null}
      <Bench key={`${asked} ${dialect}`} names={names} model={asked || (names[0] ?? "")} dialect={dialect} />
    </>
  );
}

function Bench({ names, model, dialect }: { names: readonly string[]; model: string; dialect: DialectName }) {
  const { bench, dispatch, ask, stop } = usePlayground(model, dialect);
  const [options, setOptions] = useState<Options>(PLAIN_OPTIONS);
  const problems = checkOptions(options);
  const isBusy = bench.lanes.some(isRunning);
  const isWrong = Object.keys(problems).length > 0;
  const hasSteps = bench.lanes.some((lane) => lane.steps.length > 0);
  const isNameless = bench.lanes.some((lane) => !lane.model.trim());

  const add = () => {
    const used = new Set(bench.lanes.map((lane) => lane.model));
    dispatch({ type: "add", model: names.find((name) => !used.has(name)) ?? model, dialect: bench.lanes[0]?.dialect ?? dialect });
  };

  return (
    <PageFrame
      title="Playground"
      says="Ask any model in any dialect; up to four side by side."
      actions={
        <div className={ui.actions}>
          <Button onClick={add} disabled={bench.lanes.length >= MAX_LANES}>
            Compare with another
          </Button>
          <Button onClick={() => dispatch({ type: "clear" })} disabled={!hasSteps || isBusy}>
            New conversation
          </Button>
        </div>
      }
    >
      <datalist id="playground-models">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <OptionsPanel options={options} problems={problems} onChange={setOptions} />
      <div className={styles.lanes} data-count={bench.lanes.length}>
        {bench.lanes.map((lane, index) => (
          <LaneView
            key={lane.id}
            lane={lane}
            number={index + 1}
            options={options}
            onChange={(change) => dispatch({ type: "set", lane: lane.id, ...change })}
            onRemove={bench.lanes.length > 1 ? () => dispatch({ type: "remove", lane: lane.id }) : undefined}
            onAnswerCalls={(results) => void ask(lane, options, askTools(results))}
          />
        ))}
      </div>
      <Composer
        isBusy={isBusy}
        problem={tellProblem(isWrong, isNameless)}
        onStop={stop}
        onSend={(text, images) => {
          for (const lane of bench.lanes) void ask(lane satisfies Lane, options, askUser(text, images));
        }}
      />
    </PageFrame>
  );
}

function tellProblem(isWrong: boolean, isNameless: boolean): string {
  if (isNameless) return "Name a model first.";
  return isWrong ? "Mend the options above first." : "";
}
