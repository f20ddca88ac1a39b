/** The password of all these hashes. */
export const FOREIGN_PASSWORD = "pässword😀";

/**
 * Hashes as Python's bcrypt 5.0.0, argon2-cffi 25.1.0, passlib 1.7.4, Django 5.2.17 and Werkzeug 3.1.9 wrote
 * them, with the lowest cost that each allows.
 */
export const FOREIGN_HASHES: ReadonlyArray<readonly [writer: string, hash: string]> = [
  ["bcrypt", "$2b$04$qiau.Hgz1GW4/IytWjFRy.ODUA4mlAtbB5dqsrDUP/iBx4kcMuVIS"],
  ["bcrypt", "$2a$04$MDi6K7kbTJc9IvTYsoPote0HQqyZos1ySIf3ZoaTwDra/ofL6KjPe"],
  ["passlib", "$2a$04$pObIjgrxPF21QCApQVFSZ.1nzGmWDWYFRNhwH99bD0gLQKZxnea3W"],
  ["passlib", "$2b$04$Vw8yVdrN4Uw91WIVIw2uw.iIkoiTP2Aw0NvdtE/BfK6ecM/aNEfiG"],
  ["passlib", "$2y$04$5NK23RNESDhAe14TYa2CWuRTB/bOTiRKBTf8OZ4ZlquB1vVx4fgwi"],
  ["passlib", "$bcrypt-sha256$v=2,t=2b,r=4$K7wgN70woF/uVyTg.h9wo.$oMADczRir8gMVTvlM4H55AmO1cmFJLO"],
  ["passlib", "$bcrypt-sha256$2b,4$WEFMcQfakQMlfCG/pvuvue$c4VdU129JMtU0Gm22gHjThczFzvZTMm"],
  ["passlib", "$bcrypt-sha256$2a,4$YppfviquYhIXGmj8r3iIJu$.3oLk8miEATx9j3Mq4iMYJKGy.pAJVW"],
  ["passlib", "$scrypt$ln=4,r=8,p=2$ttYa49ybs9Y6h7B2DsFYKw$ZT5lh77uuIG/ZqLB1OX6ZeUT/ZQVo4DKOhwQveTDO30"],
  ["passlib", "$pbkdf2$1000$GSMkREgJAUBISWnt/T.nlA$.S4CLHWNs.k8ZPm52UEiOHXfDXM"],
  ["passlib", "$pbkdf2-sha256$1000$ubfWWmtNqfX./38vBUDoHQ$mOvFuDeNaAlMYl1g7OxJ7yDYC1hce8hDi/6O71U72CE"],
  [
    "passlib",
    "$pbkdf2-sha512$1000$DAEAQIgx5lxLCSHEmLMW4g$9iMEAlOy19GoVvh2rehk5eOQC6CAgMvPd9eZfXVnGPdTdMB6hHm2O.6K0JN.ts9i08bmlImLS/yeWcNEh8IKyw",
  ],
  [
    "argon2-cffi",
    "$argon2i$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$pyf1q9HEd8V04lZbGuo3LAeA2W/UBI07Y44Wa2iSsTo",
  ],
  [
    "argon2-cffi",
    "$argon2i$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$sH0H0NOThxHUjj5xCE1OwyRVTdR/vaL7Pt/LvE3IOr4",
  ],
  [
    "argon2-cffi",
    "$argon2d$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$Yt1dH9hrkPmHk3vU6rugCdbsrhWZR7qPAGgPj8w65Q4",
  ],
  [
    "argon2-cffi",
    "$argon2d$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$S2h8K2hS015l4AGZe4JRrHAbGhfTMTeKf8kdcG7ygLo",
  ],
  [
    "argon2-cffi",
    "$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$EOG5pPkHaNoTl3skJYMgCS/DraxxNKLdNWsTqc5A22o",
  ],
  [
    "argon2-cffi",
    "$argon2id$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$0iosaU1TM0f9FE9tkZR2/6Ad46gfzBE5I+AKjsjZZog",
  ],
  [
    "passlib",
    "$argon2id$v=19$m=64,t=2,p=2$9Z5zjtG6t/Y+x/gfI0QoJQ$FJLO6BzdDZ2pliiTFGFp4+stci/K9/fXr7/NGqRabqU",
  ],
  [
    "Werkzeug",
    "scrypt:1024:8:1$W6XMz0St5FX7ue7Q$c0e4f63ca3b6ba25548f26ae65705acea982c8ba7cf5ab9735fd1e3ce2014eeb84f3f323fc161918f75444b8711cb0078060a5125388ee9ccbd0f76bf169791b",
  ],
  [
    "Werkzeug",
    "pbkdf2:sha256:1000$gD2W2ULla3RMD4Dy$25786a54e9ea07c3ce7c65a2b43ca7fec409e6f057c531c15f02a58a1001ec26",
  ],
  [
    "Werkzeug",
    "pbkdf2:sha512:1000$obnnGpurqtOHBVEj$7696ad3e13335336b3ffb27fc3d43807a5f6be3639deaa1dc69905fb8c83bd0343afc7cb8339766f30292dacb8797ef51b1982a49f0ae84412cc8ed1aef285c7",
  ],
  ["Werkzeug", "pbkdf2:sha1:1000$z1S9nR7IlX9M42vF$35afe5d6d23c981ddfc6b9e1bed9bfe0237a8e2e"],
  ["Django", "pbkdf2_sha256$1000$Rj2G4dozt8UvpWfw3l8Mf8$UJUiSo9wxmnFIxgKhdTQyT8AtHAWe1QsLDP48Ci/SLc="],
  ["Django", "pbkdf2_sha1$1000$RGhY27ElO6akxO2zQ5oVDm$/47GYgoYt2nSyMwQxjSXgamwWg0="],
  [
    "Django",
    "scrypt$1024$VFA0nFxc5Tihakr7IOZ7nE$8$2$NS3mLMh0fu1A7XRUbF7wZWLR2C9nC87lVKr0Y4jh2co+mk5gsSe/ZJiM5ev0cs51GAds004IrXAWB5ha1fv1bw==",
  ],
  ["Django", "bcrypt_sha256$$2b$04$kheAYj1fRA57q4TJa.Qpm.O7H6G2p7x7yPENei6nI/4PUte.biK7S"],
  ["Django", "bcrypt$$2b$04$cCM.tvRdKh/e1CZO.f.Qved/L6.miNKkJZkDbtzoEbvHyIEtXk72G"],
  [
    "Django",
    "argon2$argon2id$v=19$m=64,t=2,p=2$QkZuWEZLMEpPWXBjYVFRRkIzQ3N3NQ$8Nu6X/4ATJp9spx/T9oVwDP6BFkvVXoj1loCXYHoaIE",
  ],
];

/**
 * The example that Firebase publishes with the source of its algorithm, as Supabase keeps it; its password is
 * `user1password`.
 */
export const FIREBASE_HASH =
  "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
