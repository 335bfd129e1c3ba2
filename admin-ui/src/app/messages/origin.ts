import type { MessageInfo, MessageOrigin } from '@contract';

export const ORIGINS: Record<MessageOrigin, { word: string; means: string }> = {
  built_in: { word: 'Built in', means: 'Comes with Herald' },
  file: { word: 'File', means: 'Stands in the file that MESSAGES_FILE names' },
  redis: { word: 'Stored', means: 'Was put in here or through the admin API' },
};

export const TARGETS: Record<MessageInfo['target'], string> = {
  user: 'Devices of a user',
  topic: 'Topic',
  condition: 'Condition',
};
