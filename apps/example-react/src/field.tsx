import { useId } from "react";

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "email" | "password";
  readonly autoComplete: string;
  readonly fault?: string | undefined;
  readonly isOptional?: boolean;
}

/**
 * A field of a form, and what is wrong with it: beside the label, which would otherwise change its name, and
 * announced as soon as it is there.
 */
export function Field({ name, label, type = "text", autoComplete, fault, isOptional }: FieldProps) {
  const id = useId();
  const faultId = `${id}fault`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        autoComplete={autoComplete}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : faultId}
        required={!isOptional}
      />
      <p id={faultId} className="fault" aria-live="polite">
        {fault}
      </p>
    </div>
  );
}
