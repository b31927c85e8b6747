using ClientFlow.Sync.Core.Configuration;
using Microsoft.AspNetCore.DataProtection;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>Puts together who may open the pages, and how.</summary>
public static class AccessSetup
{
    private const string Policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void AddAccess(this IServiceCollection services, WorkspaceConfig workspace, string dataDirectory)
    {
        var config = workspace.Access;

        // Cookies of another installation are unreadable here: each has keys of its own.
        services.AddDataProtection().SetApplicationName("clientflow")
            .PersistKeysToFileSystem(Directory.CreateDirectory(Path.Combine(dataDirectory, "keys")));
        services.AddAntiforgery(static options =>
        {
            // A form brings its token with it. One in a header would let pass what isn't a form at all.
            options.HeaderName = null;
            options.Cookie.Name = "clientflow-form";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddSingleton<Entrance>();
        services.AddSingleton<OurForms>();
        if (Entrance.NeedsKey(workspace)) services.AddSingleton(ScrapeToken.In(dataDirectory));
        if (config is null) return;

        var secure = IsSecure(config);
        services.AddSingleton(config);
        services.AddSingleton(new Accounts(config));
        services.AddSingleton<Sessions>();
        services.AddSingleton<Attempts>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<KnownBrowsers>();
        services.AddSingleton<Refusals>();
        var authentication = services.AddAuthentication(Sessions.Scheme).AddCookie(Sessions.Scheme, options =>
        {
            // With this prefix a browser takes a cookie from this very host alone, not from a neighbour under the same domain.
            options.Cookie.Name = secure ? "__Host-clientflow-session" : "clientflow-session";
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
        var (secure, entrance) = (IsSecure(config), app.ApplicationServices.GetRequiredService<Entrance>());
        app.Use((http, next) =>
        {
            if (HttpMethods.IsPost(http.Request.Method) && http.Request.Path.StartsWithSegments("/webhooks")) return next(http);
            var headers = http.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";

            // Not `no-referrer`: browsers would then send our own forms without their origin.
            headers["Referrer-Policy"] = "same-origin";
            if (!secure) return next(http);

            // The file says that people come by https, so no header has to: only who sits at this machine comes by itself.
            if (!entrance.SitsHere(http)) http.Request.Scheme = "https";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers.StrictTransportSecurity = "max-age=31536000";
            return next(http);
        });
    }

    /// <summary>People come by https: a proxy before the worker sees to it.</summary>
    internal static bool IsSecure(AccessConfig? config) => config?.Url?.Scheme == "https";

    internal static CookieSecurePolicy Secure(bool secure) => secure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
}
