using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ClientFlow.Sync.Sandbox.Pages;

/// <summary>Serves a tool's pages: `/`, `/objects/{kind}/{id}` and the stylesheet they share.</summary>
internal static class PageRoutes
{
    private const string Html = "text/html;charset=utf-8";

    public static bool IsPage(PathString path) =>
        path == "/" || path == "/sandbox.css" || path == "/favicon.ico" || path.StartsWithSegments("/objects");

    public static void Map(IEndpointRouteBuilder routes, SimulatedTool tool)
    {
        routes.MapGet("/", (HttpContext context) =>
        {
            lock (tool.Lock)
                return WriteAsync(context, tool, tool.Overview());
        });
        routes.MapGet("/objects/{kind}/{id}", (HttpContext context) =>
        {
            var parts = context.Request.RouteValues;
            lock (tool.Lock)
                return WriteAsync(context, tool, tool.Detail((string)parts["kind"]!, (string)parts["id"]!));
        });
        routes.MapGet("/sandbox.css", (HttpContext context) =>
        {
            context.Response.ContentType = "text/css;charset=utf-8";
            return context.Response.WriteAsync(Stylesheet.Text);
        });
        routes.MapGet("/favicon.ico", (HttpContext context) =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
    }

    private static Task WriteAsync(HttpContext context, SimulatedTool tool, ToolPage? page)
    {
        context.Response.ContentType = Html;
        if (page is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            page = new ToolPage("Nothing here", []) { Note = "No object has this id, or it was deleted." };
        }

        return context.Response.WriteAsync(Render(tool, page));
    }

    private static string Render(SimulatedTool tool, ToolPage page)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append($"<title>{Encode(page.Title)} – simulated {Encode(tool.Name)}</title>")
            .Append("<link rel=\"stylesheet\" href=\"/sandbox.css\"></head><body>")
            .Append($"<header><a href=\"/\">{Encode(tool.Name)}</a> <span>simulated, nothing here is real</span></header>")
            .Append($"<main><h1>{Encode(page.Title)}</h1>");
        if (page.Note is not null)
            html.Append($"<p>{Encode(page.Note)}</p>");
        foreach (PageTable table in page.Tables)
            RenderTable(html, table);
        return html.Append("</main></body></html>").ToString();
    }

    private static void RenderTable(StringBuilder html, PageTable table)
    {
        html.Append($"<section><h2>{Encode(table.Heading)} <small>{table.Rows.Count}</small></h2>");
        if (table.Rows.Count == 0)
        {
            html.Append("<p>None.</p></section>");
            return;
        }

        html.Append("<div class=\"wide\"><table><thead><tr>");
        foreach (string column in table.Columns)
            html.Append($"<th scope=\"col\">{Encode(column)}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (IReadOnlyList<PageCell> row in table.Rows)
        {
            html.Append("<tr>");
            foreach (PageCell cell in row)
                html.Append("<td>").Append(Render(cell)).Append("</td>");
            html.Append("</tr>");
        }

        html.Append("</tbody></table></div></section>");
    }

    private static string Render(PageCell cell) =>
        cell.Href is null ? Encode(cell.Text) : $"<a href=\"{Encode(cell.Href)}\">{Encode(cell.Text)}</a>";

    private static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");
}
