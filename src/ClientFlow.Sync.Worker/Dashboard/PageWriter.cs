using System.Text;
using System.Text.Encodings.Web;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine;

namespace ClientFlow.Sync.Worker.Dashboard;

/// <summary>Writes the page. Every text passes through <see cref="E"/>: a client's name is never markup.</summary>
public sealed class PageWriter(Workspace workspace, PageView view, string token)
{
    private readonly StringBuilder html = new();

    public string Whole()
    {
        var main = Main();
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{E(workspace.Config.Business.Name)} – ClientFlow.Sync</title>
            <link rel="stylesheet" href="/page.css">
            <link rel="icon" href="data:,">
            <script src="/page.js" defer></script>
            </head>
            <body>
            <header><h1>ClientFlow.Sync</h1><p>{E(workspace.Config.Business.Name)}</p><p id="live" role="status">live</p></header>
            <main id="main">{main}</main>
            </body>
            </html>
            """;
    }

    public string Main()
    {
        html.Clear();
        State();
        NeedsYou();
        Handoffs();
        Log();
        Tools();
        return html.ToString();
    }

    private void State()
    {
        var done = view.Counts.Where(c => c.State == HandoffState.Done).Sum(c => c.Count);
        var waiting = view.Counts.Where(c => c.State == HandoffState.Waiting).Sum(c => c.Count);
        var baseline = view.Counts.Where(c => c.State == HandoffState.Baseline).Sum(c => c.Count);
        var held = workspace.Tools.Where(t => t.Health.State.Condition == Engine.Health.Condition.Held).ToList();
        var sentence = held.Count > 0 ? $"{string.Join(" and ", held.Select(t => t.Name))} must be reconnected: what needs {(held.Count == 1 ? "it" : "them")} waits."
            : !workspace.AllArmed ? "Starting: the tools are being read before any rule fires."
            : view.NeedsYou.Count > 0 ? $"{Count(view.NeedsYou.Count, "thing needs", "things need")} you."
            : $"All quiet: {Count(done, "handoff", "handoffs")} done, {waiting} waiting for facts.";
        html.Append($"<p class=\"state {(view.NeedsYou.Count > 0 || held.Count > 0 ? "needs" : "quiet")}\">{E(sentence)}</p>");
        if (baseline > 0)
            html.Append($"<p class=\"small\">{Count(baseline, "case was", "cases were")} so already when the rules were armed; nothing fires from them.</p>");
    }

    private void NeedsYou()
    {
        if (view.NeedsYou.Count == 0) return;
        html.Append("<section><h2>Needs you</h2><ul class=\"cards\">");
        foreach (var handoff in view.NeedsYou)
        {
            html.Append($"<li><p><b>{E(handoff.Title ?? RuleOf(handoff))}</b> {Stake(handoff)}</p><p>{E(handoff.Flag ?? handoff.Reason)}</p>");
            html.Append($"<p class=\"small\">{E(RuleOf(handoff))}{(handoff.Client is { } c ? " · " + E(c) : "")} · <code>{handoff.Id}</code></p><div class=\"buttons\">");
            if (handoff.State == HandoffState.Waiting) Button(handoff, "approve", "Approve");
            if (handoff.State == HandoffState.Dead) Button(handoff, "retry", "Retry");
            if (handoff.State is HandoffState.Waiting or HandoffState.Dead) Button(handoff, "skip", "Skip");
            html.Append("</div></li>");
        }

        html.Append("</ul></section>");
    }

    private void Handoffs()
    {
        html.Append("<section><h2>Handoffs</h2>");
        if (view.Handoffs.Count == 0) html.Append("<p class=\"small\">None yet. They appear here as soon as a rule calls for one.</p>");
        else
        {
            html.Append("<table><thead><tr><th scope=\"col\">What</th><th scope=\"col\">State</th><th scope=\"col\">Why</th><th scope=\"col\">Made</th></tr></thead><tbody>");
            foreach (var handoff in view.Handoffs)
            {
                var took = handoff.DoneAt is { } at ? $" in {(at - handoff.ObservedAt).TotalSeconds:0.0} s" : "";
                html.Append($"<tr><td data-label=\"What\">{E(handoff.Title ?? "")}<br><span class=\"small\">{E(RuleOf(handoff))}</span></td>")
                    .Append($"<td data-label=\"State\"><span class=\"tag {handoff.State.ToString().ToLowerInvariant()}\">{handoff.State.ToString().ToLowerInvariant()}</span>{took}</td>")
                    .Append($"<td data-label=\"Why\">{E(handoff.Reason)}</td><td data-label=\"Made\">{Link(view.Pages.GetValueOrDefault(handoff.Id))}</td></tr>");
            }

            html.Append("</tbody></table>");
        }

        html.Append("</section>");
    }

    private void Log()
    {
        html.Append("<section><h2>Log</h2><ol class=\"log\">");
        foreach (var entry in view.Journal)
        {
            var at = TimeZoneInfo.ConvertTime(entry.At, workspace.Config.Business.Zone);
            html.Append($"<li class=\"{entry.Level.ToString().ToLowerInvariant()}\"><time datetime=\"{entry.At:O}\">{at:HH:mm:ss}</time> ")
                .Append($"<span class=\"who\">{E(entry.Tool ?? entry.Rule ?? "")}</span> <span>{E(entry.Message)} {Link(entry.Data)}</span></li>");
        }

        html.Append("</ol></section>");
    }

    private void Tools()
    {
        html.Append("<section><h2>Tools</h2><ul class=\"tools\">");
        foreach (var tool in workspace.Tools)
        {
            var health = tool.Health.State;
            html.Append($"<li><b>{E(tool.Name)}</b> {E(tool.Manifest.Name)} · {E(health.Condition switch
            {
                Engine.Health.Condition.Unknown => "not reached yet",
                Engine.Health.Condition.Healthy => "healthy",
                Engine.Health.Condition.BackingOff => "tried again by itself",
                Engine.Health.Condition.Held => "held until it is reconnected",
            })}{(tool.Config.ReadOnly ? " · read-only" : "")}{((health.Message ?? tool.Health.Complaint) is { } m ? $"<br><span class=\"small\">{E(m)}</span>" : "")}</li>");
        }

        html.Append("</ul>");
        foreach (var value in view.Unmapped.Take(20))
            html.Append($"<p class=\"small\">unmapped value ‘{E(value.Value)}’ in {E($"{value.Tool}.{Names.Of(value.Kind)}.{value.Field}")}, seen {Count(value.Seen, "time", "times")}</p>");
        html.Append("</section>");
    }

    private void Button(Handoff handoff, string verb, string label) => html.Append(
        $"<form method=\"post\" action=\"/handoffs/{handoff.Id}/{verb}\"><input type=\"hidden\" name=\"__RequestVerificationToken\" value=\"{E(token)}\">" +
        $"<button class=\"{verb}\" aria-label=\"{label} {E(handoff.Title ?? handoff.Id)}\">{label}</button></form>");

    private string RuleOf(Handoff handoff) =>
        workspace.Config.Rules.FirstOrDefault(r => r.Identity == handoff.Key.Rule)?.Name ?? handoff.Key.Rule;

    private static string Stake(Handoff handoff) => handoff.AtStake is { } money ? $"<span class=\"money\">{E(money.ToString())}</span>" : "";

    private static string Count(int number, string one, string many) => $"{number} {(number == 1 ? one : many)}";

    // Only web addresses become links: a tool's answer must not put `javascript:` on our page.
    private static string Link(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        ? $"<a href=\"{E(uri.ToString())}\" rel=\"noreferrer\" target=\"_blank\">open</a>"
        : "";

    private static string E(string text) => HtmlEncoder.Default.Encode(text);
}
