using Microsoft.AspNetCore.Http.HttpResults;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>A place of ours to go on to, out of what a request says.</summary>
internal static class LocalPath
{
    private const int Longest = 1_500;

    /// <summary>The path if it is one of our pages, else another: never an address elsewhere, and none of the doors themselves. What a header can't carry as it is, no link of ours holds.</summary>
    public static string Or(string? path, string otherwise) =>
        path is { Length: > 0 and <= Longest } && path[0] == '/' && path.All(static c => c is > ' ' and <= '~') && RedirectHttpResult.IsLocalUrl(path) && !path.StartsWith("/sign-", StringComparison.OrdinalIgnoreCase)
            ? path
            : otherwise;
}
