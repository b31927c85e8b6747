using ClientFlow.Sync.Engine;
using Microsoft.AspNetCore.Antiforgery;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>Lets only forms of our own pages through: sent from one of them, and with the token that it was given.</summary>
public sealed class OurForms(IAntiforgery antiforgery, Workspace workspace) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await AreTheyAsync(context.HttpContext)
            ? await next(context)
            : Results.Text("This form is no longer valid: load the page again.\n", statusCode: StatusCodes.Status400BadRequest);

    /// <summary>Whether a request is a form of ours.</summary>
    public async Task<bool> AreTheyAsync(HttpContext http)
    {
        if (!CameFromUs(http.Request)) return false;
        try
        {
            return await antiforgery.IsRequestValidAsync(http);
        }
        catch (Exception e) when (e is AntiforgeryValidationException or BadHttpRequestException or InvalidDataException)
        {
            // A body that isn't a form at all, or a far too large one.
            return false;
        }
    }

    // Browsers tell where a form was sent from; over plain http, some tell it only by the origin. What isn't a browser tells
    // neither, and has no cookies of ours that somebody else could use.
    private bool CameFromUs(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [var site, ..]) return site is "same-origin" or "none";
        if (request.Headers.Origin is not [var origin, ..]) return true;
        return Uri.TryCreate(origin, UriKind.Absolute, out var from) &&
            (string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase) || from == workspace.Config.Access?.Url);
    }
}
