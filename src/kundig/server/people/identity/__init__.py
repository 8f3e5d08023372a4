"""Log-in with the firm's identity provider (OpenID Connect); present only where the setting ``oidc_issuer`` names one."""
