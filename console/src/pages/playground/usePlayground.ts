import { useCallback, useReducer, useRef } from "react";

import { startAnswer, type Answer } from "./answer";
import type { DialectName } from "./ask";
import { buildAsk, reduceBench, startBench, type Lane, type Options, type Step } from "./bench";
import { dialectOf } from "./dialects/all";
import { sendRequest } from "./send";

/** The bench, and what makes it run. Growth is shown once a frame, however fast pieces arrive. */
export function usePlayground(model: string, dialect: DialectName) {
  const [bench, dispatch] = useReducer(reduceBench, null, () => startBench(model, dialect));
  const running = useRef(new Map<number, AbortController>());

  const ask = useCallback(async (lane: Lane, options: Options, asked: Step["asked"]) => {
    const spoken = dialectOf(lane.dialect);
    const request = spoken.build(buildAsk(lane, options, asked));
    const stopper = new AbortController();
    running.current.get(lane.id)?.abort();
    running.current.set(lane.id, stopper);
    dispatch({ type: "step", lane: lane.id, step: { asked, answer: startAnswer(performance.now()), dialect: lane.dialect } });
    const show = oncePerFrame((answer: Answer) => dispatch({ type: "grow", lane: lane.id, answer }));
    const ended = await sendRequest({
      dialect: spoken,
      request,
      isStream: options.isStream,
      signal: stopper.signal,
      onChange: show.later,
    });
    show.now(ended);
  }, []);

  const stop = useCallback(() => {
    for (const stopper of running.current.values()) stopper.abort();
  }, []);

  return { bench, dispatch, ask, stop };
}

function oncePerFrame<T>(show: (value: T) => void) {
  let newest: { value: T } | null = null;
  const flush = () => {
    if (newest) show(newest.value);
    newest = null;
  };
  return {
    later: (value: T) => {
      if (!newest) requestAnimationFrame(flush);
      newest = { value };
    },
    now: (value: T) => {
      newest = null;
      show(value);
    },
  };
}
