namespace ClientFlow.Sync.Sandbox.Pages;

/// <summary>The one stylesheet of all simulated tools: readable at 390 px, light and dark.</summary>
internal static class Stylesheet
{
    public const string Text = """
        :root { color-scheme: light dark; --line: #d5d9e0; --soft: #5b6472; --accent: #2457c5; }
        @media (prefers-color-scheme: dark) { :root { --line: #363c47; --soft: #9aa4b5; --accent: #8fb2ff; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 72rem; padding: 0 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif; }
        header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 1rem 0; border-bottom: 1px solid var(--line); }
        header a { font-weight: 600; text-transform: capitalize; }
        header span, h2 small { color: var(--soft); font-weight: 400; }
        h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; text-transform: capitalize; }
        a { color: var(--accent); }
        a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); }
        th { font-size: .85rem; color: var(--soft); white-space: nowrap; }
        td { overflow-wrap: anywhere; min-width: 5rem; }
        """;
}
