/**
 * The shapes of the admin API, by the names that the pages use. All of them come out of its OpenAPI document
 * (`make docs` writes schema.ts again).
 */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Entrances = Schemas["Entrances"];
export type Totals = Schemas["Totals"];
export type Percentiles = Schemas["Percentiles"];
export type Line = Schemas["UsageLine"];
export type Trouble = Schemas["Trouble"];
export type Overview = Schemas["Overview"];
export type Live = Schemas["LiveEvent"];
export type Fetch = Schemas["Fetch"];

export type ExchangeLine = Schemas["ExchangeLine"];
export type ExchangePage = Schemas["ExchangePage"];
export type ExchangeDetail = Schemas["ExchangeView"];
export type Span = Schemas["WaterfallSpan"];
export type TokenLine = Schemas["TokenLine"];
export type UsageReport = Schemas["UsageReport"];

export type Provider = Schemas["ProviderView"];
export type Credential = Schemas["CredentialView"];
export type Gauge = Schemas["GaugeView"];
export type KeptKey = Schemas["CredentialCard"];
export type Probe = Schemas["Probe"];
export type CatalogueRow = Schemas["CatalogueRow"];
export type LocalModel = Schemas["LocalModelView"];
export type LocalModels = Schemas["LocalModelList"];

export type RouteView = Schemas["RouteView"];
export type Explanation = Schemas["Explanation"];
export type ConfigView = Schemas["ConfigView"];
export type ConfigDifference = Schemas["Difference"];
export type Setting = Schemas["SettingView"];

export type KeyCard = Schemas["KeyCard"];
export type KeyWish = Schemas["KeyWish"];
export type NewKey = Schemas["NewKey"];
export type TeamCard = Schemas["TeamCard"];
export type TeamWish = Schemas["TeamWish"];
export type AuditEntry = Schemas["AuditEntry"];
export type AuditPage = Schemas["AuditPage"];
export type Role = KeyCard["role"];
export type Bodies = Schemas["BodiesView"];
export type LossView = Schemas["LossView"];
export type FailureReport = Schemas["FailureReport"];
export type FailureLine = Schemas["FailureLine"];
export type WhatIf = Schemas["WhatIf"];
export type WhatIfEvent = Schemas["WhatIfEvent"];
export type Replayed = Schemas["Replayed"];
export type Ledgered = Schemas["Ledgered"];
