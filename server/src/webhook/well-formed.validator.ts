import { ValidateBy } from 'class-validator';

/** Refuses text with half a surrogate pair, which has no UTF-8 and so could not be sent on. */
export function IsWellFormed(): PropertyDecorator {
  return ValidateBy({
    name: 'isWellFormed',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || value.isWellFormed(),
      defaultMessage: () => '$property must be well-formed Unicode text',
    },
  });
}
