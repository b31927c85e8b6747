using System.Security.Claims;
using System.Text.Json;
using ClientFlow.Sync.Core.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>
/// Signing in with an OpenID Connect provider: authorization code flow with PKCE, state and nonce, by the framework's handler. What is
/// ours is whom to let in: a person is known by an e-mail address that the provider says is verified, and by nothing else of it.
/// </summary>
internal static class Provider
{
    /// <summary>The authentication scheme.</summary>
    public const string Scheme = "provider";

    private const string Email = "email";
    private const string Verified = "email_verified";

    // Microsoft Entra says it by a claim of its own: the owner of the address's domain is verified.
    private const string EntraVerified = "xms_edov";

    // Signatures of the provider's own key: what a shared secret could sign, our side could forge.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void AddProvider(this AuthenticationBuilder authentication, OidcConfig oidc, Uri url) => authentication.AddOpenIdConnect(Scheme, options =>
    {
        options.SignInScheme = Sessions.Scheme;
        options.Authority = oidc.Authority.AbsoluteUri;
        options.RequireHttpsMetadata = !oidc.Authority.IsLoopback;
        options.ClientId = oidc.ClientId;
        options.ClientSecret = oidc.ClientSecret.Reveal();
        options.ResponseType = OpenIdConnectResponseType.Code;

        // The answer comes as a link and not as a form, so that the cookies that prove it ours need not go along from other sites.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.CallbackPath = "/sign-in/back";

        // Addresses of the framework that nothing here leads to: by a link to one, a stranger could sign people out.
        options.RemoteSignOutPath = PathString.Empty;
        options.SignedOutCallbackPath = PathString.Empty;
        options.UsePkce = true;
        options.Scope.Clear();
        options.Scope.Add("openid");
        options.Scope.Add(Email);
        options.GetClaimsFromUserInfoEndpoint = true;
        options.ClaimActions.Clear();
        options.MapInboundClaims = false;
        options.SaveTokens = false;
        options.DisableTelemetry = true;
        options.BackchannelTimeout = TimeSpan.FromSeconds(15);
        options.TokenValidationParameters.ClockSkew = TimeSpan.FromMinutes(2);
        options.TokenValidationParameters.ValidAlgorithms = Algorithms;
        foreach (var cookie in (CookieBuilder[])[options.NonceCookie, options.CorrelationCookie])
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = AccessSetup.Secure(url.Scheme == "https");
        }

        // The way back is where the file says that people come in, whatever host a request names.
        var back = new Uri(url, options.CallbackPath).AbsoluteUri;
        options.Events.OnRedirectToIdentityProvider = context =>
        {
            context.ProtocolMessage.RedirectUri = back;
            return Task.CompletedTask;
        };
        options.Events.OnTokenValidated = static context =>
        {
            // The handler lets an unsigned token pass that it fetched itself, as the standard allows. Here every token is signed.
            if (!Algorithms.Contains(context.SecurityToken.SignatureAlgorithm) || context.SecurityToken.RawSignature.Length == 0) context.Fail(new SecurityTokenInvalidSignatureException());
            return Task.CompletedTask;
        };
        options.Events.OnUserInformationReceived = static context =>
        {
            TakeEmail(context.Principal, context.User.RootElement);
            return Task.CompletedTask;
        };
        options.Events.OnTicketReceived = context => LetInAsync(context, oidc.Authority.Host);
        options.Events.OnRemoteFailure = context => FailAsync(context, oidc.Authority.Host);
    });

    // Address and verification are taken from one and the same answer: one of each would vouch for the wrong address.
    private static void TakeEmail(ClaimsPrincipal? principal, JsonElement user)
    {
        if (principal?.Identity is not ClaimsIdentity identity || !user.TryGetProperty(Email, out var email) || email.ValueKind != JsonValueKind.String) return;
        foreach (var claim in identity.FindAll(static c => c.Type is Email or Verified or EntraVerified).ToList()) identity.RemoveClaim(claim);
        identity.AddClaim(new Claim(Email, email.GetString()!));
        foreach (var name in (string[])[Verified, EntraVerified])
            if (user.TryGetProperty(name, out var value)) identity.AddClaim(new Claim(name, value.ToString()));
    }

    private static async Task LetInAsync(TicketReceivedContext context, string host)
    {
        var services = context.HttpContext.RequestServices;
        var email = context.Principal?.FindFirstValue(Email);
        var verified = new[] { Verified, EntraVerified }.Any(name => context.Principal?.FindFirstValue(name) is { } value && (value == "1" || bool.TryParse(value, out var yes) && yes));
        var account = email is null ? null : services.GetRequiredService<Accounts>().FindEmail(email);
        if (verified && account is not null)
        {
            // Nothing of the provider's goes into the cookie.
            context.Principal = Sessions.Open(account);
            await services.GetRequiredService<Sessions>().TellBeganAsync(account, $"with {host}");
            return;
        }

        context.HandleResponse();
        await services.GetRequiredService<Refusals>().CountAsync(verified ? $"{host} vouched for an address that the mapping file doesn't name" : $"{host} doesn't say that the e-mail address is verified");
        context.Response.Redirect($"/sign-in?note={(verified ? "unknown" : "unverified")}");
    }

    private static async Task FailAsync(RemoteFailureContext context, string host)
    {
        context.HandleResponse();
        await context.HttpContext.RequestServices.GetRequiredService<Refusals>().CountAsync($"signing in with {host} failed: {Why(context.Failure)}");
        context.Response.Redirect("/sign-in?note=provider");
    }

    // In words of ours: what stands in the failure may come from a stranger's address bar.
    private static string Why(Exception? failure) => (failure?.InnerException ?? failure) switch
    {
        SecurityTokenInvalidAudienceException => "its token is meant for another program; compare `clientId`",
        SecurityTokenExpiredException or SecurityTokenNotYetValidException => "its token is not valid now; look at this machine's clock",
        SecurityTokenInvalidIssuerException => "its token names another issuer; compare `authority`",
        SecurityTokenException => "its token isn't signed as it should be",
        OpenIdConnectProtocolInvalidNonceException => "its token answers another sign-in",
        OpenIdConnectProtocolException => "it refused; compare `clientId`, `clientSecret` and the address to come back to",
        HttpRequestException or TaskCanceledException => "it can't be reached",
        _ => "it took too long, was broken off, or was not begun in this browser",
    };
}
