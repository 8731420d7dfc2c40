using Microsoft.AspNetCore.Mvc;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Support;

/// <summary>What waits for a person.</summary>
public sealed class TasksModel(StaffTasks tasks, PublisherHours hours, ILogger<TasksModel> log) : SupportPage
{
    private const int MostShown = 100;

    /// <summary>The task to close.</summary>
    [BindProperty]
    public string? Task { get; set; }

    /// <summary>The oldest open tasks.</summary>
    public IReadOnlyList<StaffTaskRow> Open { get; private set; } = [];

    /// <summary>Whether there are more than are shown.</summary>
    public bool More { get; private set; }

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task OnGetAsync()
    {
        var open = await tasks.OldestOpenAsync(MostShown + 1);
        (Open, More) = ([.. open.Take(MostShown)], open.Count > MostShown);
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Task is { Length: <= 200 } id && await tasks.CloseAsync(id))
        {
            log.LogInformation("Task {Task} was closed by {Actor}", id, Actor);
            Say("The task was closed.");
        }
        else
        {
            Say("That task was closed already.", wentWell: false);
        }

        return RedirectToPage();
    }
}
