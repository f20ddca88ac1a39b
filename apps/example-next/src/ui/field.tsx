import { useId } from "react";

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "email" | "password";
  readonly autoComplete: string;
  readonly typed?: string | undefined;
  readonly fault?: string | undefined;
}

/** A field of a form, and what is wrong with it. */
export function Field({ name, label, type = "text", autoComplete, typed, fault }: FieldProps) {
  const id = useId();
  const faultId = fault === undefined ? undefined : `${id}fault`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        autoComplete={autoComplete}
        defaultValue={typed}
        aria-invalid={fault !== undefined}
        aria-describedby={faultId}
        required
      />
      {fault !== undefined && (
        <p id={faultId} className="fault">
          {fault}
        </p>
      )}
    </div>
  );
}
