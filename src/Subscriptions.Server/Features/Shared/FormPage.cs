using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Subscriptions.Server.Features.Shared;

/// <summary>A page with a form: what is wrong comes back beside the fields that it concerns.</summary>
public abstract class FormPage : PageModel
{
    /// <summary>The page of a website that the reader came from; checked before it is used anywhere.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Return { get; set; }

    /// <summary>Present when the gateway's page led back without an entry; the page then says that nothing was changed.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Left { get; set; }

    /// <summary>Judges what was entered; the names of its properties are those of the page's fields.</summary>
    protected bool IsGood<T>(IValidator<T> rules, T entered)
    {
        foreach (var problem in rules.Validate(entered).Errors)
        {
            ModelState.AddModelError(problem.PropertyName, problem.ErrorMessage);
        }

        return ModelState.IsValid;
    }

    /// <summary>Shows the form again with what is wrong.</summary>
    protected PageResult Again()
    {
        var page = Page();
        page.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return page;
    }
}
