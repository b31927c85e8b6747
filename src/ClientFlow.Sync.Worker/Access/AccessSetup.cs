using ClientFlow.Sync.Core.Configuration;
using Microsoft.AspNetCore.DataProtection;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>Puts together who may open the pages, and how.</summary>
public static class AccessSetup
{
    private const string Policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void AddAccess(this IServiceCollection services, AccessConfig? config, string dataDirectory)
    {
        // Cookies of another installation are unreadable here: each has keys of its own.
        services.AddDataProtection().SetApplicationName("clientflow")
            .PersistKeysToFileSystem(Directory.CreateDirectory(Path.Combine(dataDirectory, "keys")));
        var secure = IsSecure(config);
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = CookieName("form", secure);
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = Secure(secure);

            // Each page says so itself, for all that it holds.
            options.SuppressXFrameOptionsHeader = true;
        });
        services.AddSingleton<Entrance>();
        services.AddSingleton<OurForms>();
        if (config is null) return;

        services.AddSingleton(config);
        services.AddSingleton(new Accounts(config));
        services.AddSingleton<Sessions>();
        services.AddSingleton<Attempts>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<KnownBrowsers>();
        services.AddSingleton<Refusals>();
        var authentication = services.AddAuthentication(Sessions.Scheme).AddCookie(Sessions.Scheme, options =>
        {
            options.Cookie.Name = CookieName("session", secure);
            options.Cookie.HttpOnly = true;
            options.Cookie.SecurePolicy = Secure(secure);

            // A link in a mail, and the way back from the provider, begin elsewhere; forms have their token besides.
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.ExpireTimeSpan = Sessions.Idle;
            options.SlidingExpiration = true;
            options.Events.OnValidatePrincipal = Sessions.ValidateAsync;
            options.Events.OnCheckSlidingExpiration = Sessions.CheckSlidingAsync;
        });
        if (config is { Oidc: { } oidc, Url: { } url }) authentication.AddProvider(oidc, url);
    }

    /// <summary>What the browser is told about every page: load and send nothing elsewhere, run no script but ours, show it in no frame.</summary>
    public static void UsePageHeaders(this IApplicationBuilder app, AccessConfig? config)
    {
        var secure = IsSecure(config);
        app.Use((http, next) =>
        {
            if (http.Request.Path.StartsWithSegments("/webhooks")) return next(http);
            var headers = http.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";

            // Not `no-referrer`: browsers would then send our own forms without their origin.
            headers["Referrer-Policy"] = "same-origin";
            if (!secure) return next(http);
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers.StrictTransportSecurity = "max-age=31536000";
            return next(http);
        });
    }

    /// <summary>People come by https: a proxy before the worker sees to it.</summary>
    internal static bool IsSecure(AccessConfig? config) => config?.Url?.Scheme == "https";

    internal static CookieSecurePolicy Secure(bool secure) => secure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;

    // With this prefix a browser takes a cookie from this very host alone, not from a neighbour under the same domain.
    private static string CookieName(string name, bool secure) => $"{(secure ? "__Host-" : "")}clientflow-{name}";
}
