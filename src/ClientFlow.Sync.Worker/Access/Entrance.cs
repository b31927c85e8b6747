using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Worker.Composition;
using Microsoft.AspNetCore.Authentication;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>Who looks at a page.</summary>
/// <param name="SignedIn">By a session that can be ended; else the person sits at the worker's own machine.</param>
public sealed record Visitor(Person Person, bool SignedIn)
{
    /// <summary>Whoever sits at the worker's machine.</summary>
    public static Visitor Here { get; } = new(new Person("the page", Role.Owner), SignedIn: false);
}

/// <summary>
/// The one way to every page and decision: opens to this machine, and to whoever is signed in. Where strangers might come through a
/// proxy on this machine, sitting at it is proven by the key in a file that only the worker's user can read.
/// </summary>
public sealed class Entrance(Workspace workspace, LocalAccess local, ScrapeToken? scrapes = null, Sessions? sessions = null) : IEndpointFilter
{
    private const string KeyCookie = "clientflow-page";

    /// <summary>The longest query of an address that is looked at; nothing that a page writes comes near it.</summary>
    private const int LongestQuery = 4_096;

    /// <summary>Whether sitting at this machine has to be proven: the worker is meant to be reached from outside.</summary>
    public static bool NeedsKey(WorkspaceConfig config) => config.PublicUrl is { IsLoopback: false } || config.Access is not null;

    /// <summary>Whether a script of an open page asks, and not a person.</summary>
    public static bool IsBackground(HttpRequest request) => request.Path == "/live" || request.Path == "/log/rows" || request.Query["fragment"] == "true";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.Request.QueryString.Value is { Length: > LongestQuery })
            return Results.Text("That address is too long.\n", statusCode: StatusCodes.Status414UriTooLong);

        // The key comes once, in the link that the local access file holds, and stays as a cookie as long as the worker runs.
        if (NeedsKey(workspace.Config) && ThisMachine.Asks(http) && http.Request.Query["key"].ToString() is { Length: > 0 } key && local.AdmitsPage(key))
        {
            http.Response.Cookies.Append(KeyCookie, key, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true });
            return Results.LocalRedirect("/");
        }

        if (Look(http) is not { } visitor) return Refuse(http);
        http.Features.Set(visitor);
        return await next(context);
    }

    /// <summary>Who asks; null: nobody who may.</summary>
    public Visitor? Look(HttpContext http)
    {
        if (sessions?.PersonOf(http.User, http.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties) is { } person) return new Visitor(person, SignedIn: true);
        return SitsHere(http) ? Visitor.Here : null;
    }

    /// <summary>Whether somebody at this machine asks, and has proven it where that is called for.</summary>
    public bool SitsHere(HttpContext http) => ThisMachine.Asks(http) && (!NeedsKey(workspace.Config) || local.AdmitsPage(http.Request.Cookies[KeyCookie]));

    /// <summary>
    /// Whether a program may know how things stand. Where strangers might come through a proxy on this machine, it shows the token that is made for that,
    /// or is a person who may open the pages.
    /// </summary>
    /// <param name="isHere">Where nothing outside can reach the worker, what counts as this machine.</param>
    public bool MayMeasure(HttpContext http, Func<HttpContext, bool> isHere) =>
        scrapes is null ? isHere(http) : scrapes.Admits(http.Request) || Look(http) is not null;

    private IResult Refuse(HttpContext http)
    {
        var request = http.Request;
        if (workspace.Config.Access is not null)
        {
            return HttpMethods.IsGet(request.Method) && !IsBackground(request)
                ? Results.LocalRedirect("/sign-in" + QueryString.Create("returnUrl", LocalPath.Or(request.Path + request.QueryString, "/")))
                : Results.Text("You are not signed in, and nothing was done. Load the page again, and sign in.\n", statusCode: StatusCodes.Status401Unauthorized);
        }

        return Results.Text(ThisMachine.Asks(http)
            ? "Open the link with the key: it is in clientflow.local.json in the worker's data directory.\n"
            : "The pages answer to this machine alone, since nobody may sign in yet. Open them there, or through an SSH tunnel; or name who may sign in, " +
              "under `access` in the mapping file.\n", statusCode: StatusCodes.Status403Forbidden);
    }
}
