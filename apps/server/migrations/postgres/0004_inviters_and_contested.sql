ALTER TABLE "invitations" ADD COLUMN "invited_by" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "contested" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "hash_parameters" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "invitations_invited_by" ON "invitations" USING btree ("invited_by");--> statement-breakpoint
CREATE INDEX "sessions_contested" ON "sessions" USING btree ("user_id") WHERE contested;