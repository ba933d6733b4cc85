/** Changes single things in the text of a configuration and leaves all the rest, comments too, as it was. */

import { isMap, isNode, parseDocument, type Document } from "yaml";

export interface ProviderEntry {
  row?: string;
  api_key?: string;
  base_url?: string;
  models?: string[];
}

/** Which requests a target is for. */
export interface When {
  tags?: string[];
  headers?: Record<string, string>;
  min_tokens?: number;
  max_tokens?: number;
}

/** What else stands at a target in the file stays with it. */
export interface TargetEntry {
  target: string;
  weight: number;
  when?: When;
}

export interface RouteEntry {
  targets: readonly TargetEntry[];
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
  const fields = {
    targets: isSame(entry.targets, readTargets(before)) ? undefined : entry.targets.map(shorten),
    policy: entry.policy === "ordered" ? undefined : entry.policy,
    aliases: entry.aliases.length ? entry.aliases : undefined,
    strict: entry.strict ? true : undefined,
  };
  if (isMap(before)) {
    const was = before.toJSON() as Record<string, unknown>;
    for (const [field, value] of Object.entries(fields)) {
      if (field === "targets" ? value === undefined : isSame(value, was[field])) continue; // it stays as it is written
      if (value === undefined) document.deleteIn(["routes", name, field]);
      else document.setIn(["routes", name, field], document.createNode(value));
    }
  } else {
    const all = { ...fields, targets: entry.targets.map(shorten) };
    const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
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

/** The targets of a route as they stand in the file, or null where it does not stand there. */
export function findTargets(text: string, name: string): TargetEntry[] | null {
  const document = read(text);
  return document.hasIn(["routes", name]) ? readTargets(document.getIn(["routes", name], true)) : null;
}

/** A route may be written as its target, as a list of targets, or as a mapping that has either. */
function readTargets(node: unknown): TargetEntry[] {
  const written: unknown = isNode(node) ? node.toJSON() : node;
  const found: unknown = isObject(written) && "targets" in written ? written.targets : written;
  const listed: unknown[] = Array.isArray(found) ? found : found ? [found] : [];
  return listed.map((one) => (isObject(one) ? { weight: 1, ...one } : { target: String(one), weight: 1 }) as TargetEntry);
}

function shorten(entry: TargetEntry): unknown {
  const { weight, ...rest } = entry;
  if (weight !== 1) return entry;
  return Object.keys(rest).length === 1 ? rest.target : rest;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whatever the order in which a mapping is written. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sortKeys(one)) === JSON.stringify(sortKeys(other));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sortKeys(value[key])]));
}
