/** Changes single things in the text of a configuration and leaves all the rest, comments too, as it was. */

import { isMap, parseDocument, type Document } from "yaml";

export interface ProviderEntry {
  row?: string;
  api_key?: string;
  base_url?: string;
  models?: string[];
}

export interface RouteEntry {
  targets: { target: string; weight: number }[];
  policy: string;
  aliases: string[];
  strict: boolean;
}

/** The text is not YAML that can be changed in place; the message says where. */
export class UnreadableTextError extends Error {}

function read(text: string): Document {
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error) throw new UnreadableTextError(error.message);
  if (document.contents === null) document.contents = document.createNode({}) as never;
  if (!isMap(document.contents)) throw new UnreadableTextError("The file is not a mapping of settings.");
  return document;
}

function write(document: Document): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

export function putProvider(text: string, name: string, entry: ProviderEntry): string {
  const document = read(text);
  const { row, ...rest } = entry;
  document.setIn(["providers", name], document.createNode({ ...(row && row !== name ? { row } : {}), ...rest }));
  return write(document);
}

export function removeProvider(text: string, name: string): string {
  const document = read(text);
  document.deleteIn(["providers", name]);
  return write(document);
}

export function hasProvider(text: string, name: string): boolean {
  return read(text).hasIn(["providers", name]);
}

export function putRoute(text: string, name: string, entry: RouteEntry): string {
  const document = read(text);
  const before = document.getIn(["routes", name], true);
  const targets = entry.targets.map(({ target, weight }) => (weight === 1 ? target : { target, weight }));
  const fields = {
    targets,
    policy: entry.policy === "ordered" ? undefined : entry.policy,
    aliases: entry.aliases.length ? entry.aliases : undefined,
    strict: entry.strict ? true : undefined,
  };
  if (isMap(before)) {
    const was = before.toJSON() as Record<string, unknown>;
    for (const [field, value] of Object.entries(fields)) {
      if (JSON.stringify(value) === JSON.stringify(was[field])) continue; // it stays as it is written
      if (value === undefined) document.deleteIn(["routes", name, field]);
      else document.setIn(["routes", name, field], document.createNode(value));
    }
  } else {
    const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    document.setIn(["routes", name], document.createNode(known));
  }
  return write(document);
}

export function removeRoute(text: string, name: string): string {
  const document = read(text);
  document.deleteIn(["routes", name]);
  return write(document);
}

/** Whether a route stands in the file; others come from elsewhere and cannot be changed here. */
export function hasRoute(text: string, name: string): boolean {
  return read(text).hasIn(["routes", name]);
}
