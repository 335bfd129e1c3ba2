import { Component, computed, input } from '@angular/core';
import { ICONS, type IconName } from './icons';

/** A picture beside words that say the same, so it is hidden from who listens instead of looking. */
@Component({
  selector: 'herald-icon',
  template: `<svg viewBox="0 0 24 24" focusable="false"><path [attr.d]="shape()" /></svg>`,
  styles: `
    :host {
      display: inline-flex;
      flex: none;
      width: var(--herald-icon-size, 20px);
      height: var(--herald-icon-size, 20px);
      fill: currentcolor;
    }
  `,
  host: { 'aria-hidden': 'true' },
})
export class Icon {
  readonly name = input.required<IconName>();
  protected readonly shape = computed(() => ICONS[this.name()]);
}
