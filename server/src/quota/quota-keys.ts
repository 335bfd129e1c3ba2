/** Names of the keys that hold buckets. All share one hash tag: there is one project, and one slot that keeps its quota. */
export class QuotaKeys {
  readonly project: BucketKeys;
  readonly topics: BucketKeys;
  private readonly tag: string;

  constructor(prefix: string) {
    this.tag = `{${prefix}:quota}`;
    this.project = this.bucket('project');
    this.topics = this.bucket('topics');
  }

  /** `key` is the target's, from `targetKey`. */
  device(key: string): string {
    return `${this.tag}:device:${key}`;
  }

  private bucket(name: string): BucketKeys {
    return { bucket: `${this.tag}:${name}`, demands: `${this.tag}:${name}:demands` };
  }
}

export interface BucketKeys extends Record<string, string> {
  /** Hash: the bucket. */
  bucket: string;
  /** Hash of worker → what it wants of it, and since when. */
  demands: string;
}
