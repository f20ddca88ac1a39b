import { hostSettings } from "../host.js";
import { httpSettings } from "../http/settings.js";
import type { ValuesOfGroups } from "../settings/read.js";
import { featureSettings, judgeFeatureSettings } from "./features.js";

/** Every setting there is, by who uses it. */
export const declaredSettings = { http: httpSettings, host: hostSettings, ...featureSettings } as const;

export type AppSettings = ValuesOfGroups<typeof declaredSettings>;

/** What is wrong with settings that each fit by themselves. */
export const judgeSettings: (settings: AppSettings) => readonly string[] = judgeFeatureSettings;
