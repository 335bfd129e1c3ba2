/** Quotas that are kept but never reached: what keeping them costs is part of what is measured. */
export const WIDE_QUOTAS = {
  FCM_QUOTA_PER_MIN: '100000000',
  FCM_QUOTA_RAMP_S: '0',
  FCM_QUOTA_DEVICE_PER_MIN: '1000000',
  FCM_QUOTA_DEVICE_PER_H: '1000000',
  FCM_QUOTA_TOPIC_PER_S: '1000000',
};
