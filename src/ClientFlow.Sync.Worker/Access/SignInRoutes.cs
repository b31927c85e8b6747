using System.Globalization;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Worker.Dashboard.Pages;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>Signing in and out.</summary>
public static class SignInRoutes
{
    /// <summary>The longest form that a stranger may send.</summary>
    private const int LongestForm = 16 * 1024;

    private const int LongestPassword = 1_000;

    // Fixed words by a fixed name: nothing of an address is ever shown.
    private static readonly Dictionary<string, SignInNote> Notes = new(StringComparer.Ordinal)
    {
        ["out"] = new(Good: true, "You are signed out."),
        ["unknown"] = new(Good: false, "You proved who you are, and yet that account may not sign in here. Ask an owner to add its e-mail address to the mapping file."),
        ["unverified"] = new(Good: false, "The provider doesn't say that your e-mail address is verified, so it proves nothing. Verify it there, or sign in another way."),
        ["provider"] = new(Good: false, "Signing in there did not work. Try it once more; an owner finds the reason in the log."),
    };

    public static void MapSignIn(this IEndpointRouteBuilder routes, AccessConfig? config)
    {
        if (config is null) return;
        routes.MapGet("/sign-in", ShowAsync);
        routes.MapPost("/sign-in", SignInAsync);
        routes.MapPost("/sign-out", SignOutAsync).AddEndpointFilter<OurForms>();
        if (config.Oidc is not null) routes.MapGet("/sign-in/provider", ToProviderAsync);
    }

    private static IResult ShowAsync(HttpContext http, Entrance entrance)
    {
        var to = LocalPath.Or(http.Request.Query["returnUrl"], "/");
        return entrance.Look(http) is not null
            ? Results.LocalRedirect(to)
            : Page(http, StatusCodes.Status200OK, to, "", Notes.GetValueOrDefault(http.Request.Query["note"].ToString()));
    }

    private static async Task<IResult> SignInAsync(
        HttpContext http, OurForms forms, AccessConfig config, Accounts accounts, Attempts attempts, Passwords passwords, KnownBrowsers browsers, Sessions sessions, Refusals refusals)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = LongestForm;
        if (!await forms.AreTheyAsync(http)) return Page(http, StatusCodes.Status400BadRequest, "/", "", new(Good: false, "This page had grown too old. Try it once more."));
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (name, password, to) = (form["name"].ToString().Trim(), form["password"].ToString(), LocalPath.Or(form["returnUrl"], "/"));
        var account = accounts.FindName(name)?.Account;
        var browser = browsers.Find(http, account);
        var (counted, address) = (browser ?? name, browser is null ? ThisMachine.AddressOf(http) : null);
        if (attempts.Begin(counted, address) is var wait && wait > TimeSpan.Zero)
        {
            await refusals.CountAsync($"too many were tried, from {ThisMachine.AddressOf(http)}");
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Page(http, StatusCodes.Status429TooManyRequests, to, name, new(Good: false, $"Too many attempts. Try again in {InWords(wait)}."));
        }

        var right = password.Length <= LongestPassword ? await passwords.CheckAsync(name, password, browser is not null, http.RequestAborted) : false;
        if (right is null)
        {
            attempts.GiveBack(counted, address);
            return Page(http, StatusCodes.Status503ServiceUnavailable, to, name, new(Good: false, "Many are signing in just now. Try again in a moment."));
        }

        if (right is false || account is null)
        {
            await refusals.CountAsync($"{(account is null ? "nobody has that name" : $"the password was not {account.Person}'s")}, from {ThisMachine.AddressOf(http)}");
            return Page(http, StatusCodes.Status401Unauthorized, to, name, new(Good: false, "This name and this password don't belong together."));
        }

        attempts.Succeeded(counted, address);
        await http.SignInAsync(Sessions.Scheme, Sessions.Open(account), sessions.Properties());
        browsers.Remember(http, account, AccessSetup.IsSecure(config));
        await sessions.TellBeganAsync(account, "with a password");
        return Results.LocalRedirect(to);
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, Entrance entrance, Sessions sessions)
    {
        if (entrance.Look(http) is { SignedIn: true } visitor) await sessions.EndAsync(http.User, visitor.Person);
        await http.SignOutAsync(Sessions.Scheme);
        return Results.LocalRedirect("/sign-in?note=out");
    }

    private static async Task<IResult> ToProviderAsync(HttpContext http, Sessions sessions, Refusals refusals, AccessConfig config)
    {
        var properties = sessions.Properties();
        properties.RedirectUri = LocalPath.Or(http.Request.Query["returnUrl"], "/");
        try
        {
            await http.ChallengeAsync(Provider.Scheme, properties);
            return Results.Empty;
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException && !http.Response.HasStarted)
        {
            // Its discovery document could not be read.
            await refusals.CountAsync($"{config.Oidc!.Authority.Host} can't be reached, or is no OpenID Connect provider");
            return Results.LocalRedirect("/sign-in?note=provider");
        }
    }

    private static RazorComponentResult<SignInPage> Page(HttpContext http, int status, string to, string name, SignInNote? note)
    {
        var config = http.RequestServices.GetRequiredService<AccessConfig>();
        var (secure, fromHere) = (AccessSetup.IsSecure(config), ThisMachine.Calls(http));
        var token = http.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(http).RequestToken!;
        http.Response.Headers.CacheControl = "no-store";
        return new RazorComponentResult<SignInPage>(new Dictionary<string, object?>
        {
            ["Token"] = token, ["To"] = to, ["Name"] = name, ["Note"] = note, ["ByPassword"] = config.Users.Count > 0, ["Provider"] = config.Oidc?.Authority.Host,
            ["Unencrypted"] = !secure && !fromHere,

            // Over plain http a browser keeps no session that is for https alone.
            ["Instead"] = secure && !fromHere && config.Url!.Authority != http.Request.Host.Value ? config.Url : null,
        }) { StatusCode = status };
    }

    private static string InWords(TimeSpan wait) => wait.TotalSeconds < 90
        ? Math.Ceiling(wait.TotalSeconds) is 1 ? "a second" : $"{Math.Ceiling(wait.TotalSeconds):0} seconds"
        : $"{Math.Ceiling(wait.TotalMinutes):0} minutes";
}

/// <summary>What the sign-in page says before anything else.</summary>
public sealed record SignInNote(bool Good, string Text);
