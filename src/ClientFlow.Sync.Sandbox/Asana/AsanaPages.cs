using System.Globalization;
using ClientFlow.Sync.Sandbox.Pages;

namespace ClientFlow.Sync.Sandbox.Asana;

/// <summary>What a person sees of the workspace.</summary>
internal static class AsanaPages
{
    public static ToolPage Overview(AsanaStore store) => new("Projects",
    [
        new PageTable("open projects", ["project", "owner", "due", "tasks done"], Rows(store, project => project.CompletedAt is null)),
        new PageTable("closed projects", ["project", "owner", "due", "tasks done"], Rows(store, project => project.CompletedAt is not null)),
    ]);

    public static ToolPage Detail(AsanaStore store, AsanaProject project) => new(project.Name,
    [
        new PageTable("about", ["field", "value"],
        [
            Row("status", project.CompletedAt is { } at ? $"completed {AsanaClock.Text(at)}" : project.Archived ? "archived" : "open"),
            Row("owner", project.Owner?.Name), Row("starts", project.StartOn), Row("due", project.DueOn), Row("team", project.Team?.Name),
            Row("notes", project.Notes),
            .. project.Values.Where(pair => pair.Value is not null).Select(pair => Row(pair.Key.Name, pair.Value!.ToString())),
        ]),
        .. project.Sections.Select(section => new PageTable(section.Name, ["task", "assignee", "due", "done"],
        [
            .. store.Of<AsanaTask>().Where(task => task.Memberships.Any(at => at.Section == section)).Select(TaskRow),
        ])),
    ]);

    public static ToolPage Detail(AsanaTask task) => new(task.Name,
    [
        new PageTable("about", ["field", "value"],
        [
            Row("done", task.CompletedAt is { } at ? AsanaClock.Text(at) : "no"), Row("kind", task.Kind), Row("assignee", task.Assignee?.Name),
            Row("due", task.DueOn), Row("notes", task.Notes),
            .. task.Memberships.Select(place => (IReadOnlyList<PageCell>)[new PageCell("project"), new PageCell(place.Project.Name, $"/objects/projects/{place.Project.Gid}")]),
        ]),
        new PageTable("subtasks", ["task", "assignee", "due", "done"], [.. task.Subtasks.Select(TaskRow)]),
        new PageTable("comments", ["when", "who", "text"],
            [.. task.Stories.Select(story => (IReadOnlyList<PageCell>)[AsanaClock.Text(story.CreatedAt), story.Author.Name, story.Name])]),
    ]);

    private static List<IReadOnlyList<PageCell>> Rows(AsanaStore store, Func<AsanaProject, bool> wanted) =>
    [
        .. store.Of<AsanaProject>().Where(wanted).Reverse().Select(project =>
        {
            List<AsanaTask> tasks = [.. store.Of<AsanaTask>().Where(task => task.Memberships.Any(at => at.Project == project))];
            return (IReadOnlyList<PageCell>)
            [
                new PageCell(project.Name, $"/objects/projects/{project.Gid}"), project.Owner?.Name, project.DueOn,
                string.Create(CultureInfo.InvariantCulture, $"{tasks.Count(task => task.CompletedAt is not null)} of {tasks.Count}"),
            ];
        }),
    ];

    private static IReadOnlyList<PageCell> TaskRow(AsanaTask task) =>
        [new PageCell(task.Name, $"/objects/tasks/{task.Gid}"), task.Assignee?.Name, task.DueOn, task.CompletedAt is null ? "" : "✓"];

    private static IReadOnlyList<PageCell> Row(string name, string? value) => [name, value];
}
