/** What admins can set. @see docs/configuration.md */
import { invalidParam, MatrixError } from '@causeway/homeserver';
import { changeSetting, type ListedSetting, listSettings } from '@causeway/workspace';
import { requiredInteger } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';
import { type AdminCall, adminRoute } from './admin-route.ts';

/** `GET /_causeway/admin/settings`: all settings with their default, their value and who changed them. */
export const getSettings = adminRoute('GET', '/settings', answerWithSettings);

/**
 * `PUT /_causeway/admin/settings/{key}`: `{ "value", "version" }`. A value of null is the default again;
 * `version` is the one that the admin saw, so that a change of somebody else in between is a 409.
 */
export const putSetting = adminRoute('PUT', '/settings/:key', async (call) => {
  const { request, workspace, by } = call;
  const body = request.jsonObject();
  const { value } = body;
  if (value === undefined)
    throw new MatrixError('M_MISSING_PARAM', '"value" is missing; null is the default.');
  const basedOn = requiredInteger(body, 'version');
  if (basedOn < 0) throw invalidParam('"version" is the one that came with the setting.');
  await changeSetting(workspace, { key: request.param('key'), value, basedOn, by });
  return answerWithSettings(call);
});

async function answerWithSettings({ workspace }: AdminCall): Promise<object> {
  const settings = await listSettings(workspace);
  return fresh({ server_name: workspace.serverName, settings: settings.map(settingJson) });
}

const settingJson = (setting: ListedSetting) => ({
  key: setting.key,
  group: setting.group,
  label: setting.label,
  sentence: setting.sentence,
  control: setting.control,
  takes_effect: setting.takesEffect,
  value: setting.value,
  default: setting.default,
  is_default: setting.isDefault,
  version: setting.version,
  ...(setting.changedBy === undefined
    ? {}
    : { changed_by: setting.changedBy, changed_ts: setting.changedTs }),
});
