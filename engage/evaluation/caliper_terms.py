"""The words of Caliper 1.2: what each kind of entity holds, and what each kind of event may say of which.

Source: IMS Caliper Analytics 1.2, sections 3 (profiles), 4 and appendices; its JSON-LD context names the same words.
"""

from collections.abc import Iterator

CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"
VOCABULARY = "http://purl.imsglobal.org/caliper/"


def rows(table: str) -> Iterator[list[str]]:
    """The cells of each row of a table below; a line that is set in goes on with the row above it."""
    for row in table.strip().replace("\n    ", " ").splitlines():
        yield [cell.strip() for cell in row.split("|")]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# kind, what it is a kind of, and its own columns. "iri", "text", "time", "duration", "whole", "number", "yes", "map";
# a name that begins with a capital is an entity of that kind or its address; [ ] a list of such; <word> of a vocabulary
ENTITIES = """
Entity | | name text; description text; dateCreated time; dateModified time; otherIdentifiers [SystemIdentifier]
Agent | Entity |
Person | Agent |
Organization | Agent | subOrganizationOf Organization; members [Agent]
Group | Organization | members [Person]
CourseOffering | Organization | courseNumber text; academicSession text
CourseSection | CourseOffering | category text
SoftwareApplication | Agent | host text; ipAddress text; userAgent text; version text
AggregateMeasure | Entity | metric! <metric>; metricValue! number; maxMetricValue number; startedAtTime time;
    endedAtTime time
Collection | Entity | isPartOf Entity; items [Entity]
AggregateMeasureCollection | Collection | items [AggregateMeasure]
Survey | Collection | items [Questionnaire]
Annotation | Entity | annotator Person; annotated DigitalResource
BookmarkAnnotation | Annotation | bookmarkNotes text
HighlightAnnotation | Annotation | selection TextPositionSelector; selectionText text
SharedAnnotation | Annotation | withAgents [Agent]
TagAnnotation | Annotation | tags [text]
Attempt | Entity | assignee Person; assignable DigitalResource; isPartOf Attempt; count whole; startedAtTime time;
    endedAtTime time; duration duration
Comment | Entity | commenter Person; commentedOn Entity; value text
DigitalResource | Entity | creators [Agent]; mediaType text; keywords [text]; learningObjectives [LearningObjective];
    isPartOf Entity; datePublished time; storageName text; version text
LearningObjective | Entity |
AssignableDigitalResource | DigitalResource | dateToActivate time; dateToShow time; dateToStartOn time; dateToSubmit
    time; maxAttempts count; maxSubmits count; maxScore number
Assessment | AssignableDigitalResource | items [AssessmentItem]
AssessmentItem | AssignableDigitalResource | isTimeDependent yes
Chapter | DigitalResource |
Document | DigitalResource |
Page | DigitalResource |
WebPage | DigitalResource |
Frame | DigitalResource | index whole
Link | DigitalResource |
LtiLink | DigitalResource | messageType <message>
DigitalResourceCollection | DigitalResource | items [DigitalResource]
Forum | DigitalResourceCollection | items [Thread]
Thread | DigitalResourceCollection | items [Message]
Message | DigitalResource | replyTo Message; body text; attachments [DigitalResource]
MediaObject | DigitalResource | duration duration
AudioObject | MediaObject | volumeMin text; volumeMax text; volumeLevel text; muted yes
ImageObject | MediaObject |
VideoObject | MediaObject |
MediaLocation | DigitalResource | currentTime duration
Questionnaire | DigitalResourceCollection | items [QuestionnaireItem]
QuestionnaireItem | DigitalResource | question Question; categories [text]; weight number
SurveyInvitation | DigitalResource | sentCount count; dateSent time; rater Person; survey Survey
Question | DigitalResource | questionPosed text
DateTimeQuestion | Question | minDateTime time; minLabel text; maxDateTime time; maxLabel text
MultiselectQuestion | Question | points count; itemLabels [text]; itemValues [text]
OpenEndedQuestion | Question |
RatingScaleQuestion | Question | scale Scale
Scale | Entity |
LikertScale | Scale | scalePoints whole; itemLabels [text]; itemValues [text]
MultiselectScale | Scale | scalePoints whole; itemLabels [text]; itemValues [text]; isOrderedSelection yes;
    minSelections whole; maxSelections whole
NumericScale | Scale | minValue number; minLabel text; maxValue number; maxLabel text; step number
Rating | Entity | rater Person; rated Entity; question Question; selections [text]; ratingComment Comment
Response | Entity | attempt Attempt; startedAtTime time; endedAtTime time; duration duration
DateTimeResponse | Response | dateTimeSelected time
FillinBlankResponse | Response | values [text]
MultipleChoiceResponse | Response | value text
MultipleResponseResponse | Response | values [text]
MultiselectResponse | Response | selections [text]
OpenEndedResponse | Response | value text
RatingScaleResponse | Response | selections [text]
SelectTextResponse | Response | values [text]
TrueFalseResponse | Response | value text
Result | Entity | attempt Attempt; maxResultScore number; resultScore number; scoredBy Agent; comment text
Score | Entity | attempt Attempt; maxScore number; scoreGiven number; scoredBy Agent; comment text
Query | Entity | creator Person; searchTarget Entity; searchTerms text
SearchResponse | Entity | searchProvider SoftwareApplication; searchTarget Entity; query Query; searchResultsItemCount
    count
Session | Entity | user Person; client SoftwareApplication; startedAtTime time; endedAtTime time; duration duration
LtiSession | Session | messageParameters map
Membership | Entity | member Person; organization Organization; roles [<role>]; status <status>
Selector | |
TextPositionSelector | Selector | start count; end count
SystemIdentifier | | identifier! text; identifierType! <identifier>; source SoftwareApplication
"""
# what has no address of its own
NAMELESS = frozenset({"Selector", "TextPositionSelector", "SystemIdentifier"})

# kind of event: profiles it may stand under; its actions; actor, object, generated, target, referrer
EVENTS = """
Event | * | * | Agent | Entity | Entity | Entity | Entity
AnnotationEvent | Annotation | Bookmarked Highlighted Shared Tagged | Person | DigitalResource | Annotation | Frame |
    DigitalResource SoftwareApplication
AssessmentEvent | Assessment | Paused Reset Restarted Resumed Started Submitted | Person | Assessment | Attempt |
    Frame | DigitalResource SoftwareApplication
AssessmentItemEvent | Assessment | Completed Skipped Started | Person | AssessmentItem | Attempt Response | Frame |
    DigitalResource SoftwareApplication
AssignableEvent | Assignable | Abandoned Activated Completed Deactivated Reviewed Started Submitted | Person |
    AssignableDigitalResource | Attempt | Frame | DigitalResource SoftwareApplication
FeedbackEvent | Feedback | Commented Ranked | Person | Entity | Comment Rating | Frame DigitalResource |
    DigitalResource SoftwareApplication
ForumEvent | Forum | Subscribed Unsubscribed | Person | Forum | | Frame | DigitalResource SoftwareApplication
GradeEvent | Grading | Graded | Agent | Attempt | Score | | DigitalResource SoftwareApplication
MediaEvent | Media | ChangedResolution ChangedSize ChangedSpeed ChangedVolume ClosedPopout DisabledClosedCaptioning
    DisabledCloseCaptioning EnabledClosedCaptioning EnabledCloseCaptioning Ended EnteredFullScreen ExitedFullScreen
    ForwardedTo JumpedTo Muted OpenedPopout Paused Restarted Resumed Rewound Started Unmuted | Person | MediaObject |
    | MediaLocation | DigitalResource SoftwareApplication
MessageEvent | Forum | MarkedAsRead MarkedAsUnRead MarkedAsUnread Posted | Person | Message | | | DigitalResource
    SoftwareApplication
NavigationEvent | * | NavigatedTo | Person | DigitalResource SoftwareApplication | | DigitalResource | DigitalResource
    SoftwareApplication
QuestionnaireEvent | Survey | Started Submitted | Person | Questionnaire | Attempt | Frame | DigitalResource
    SoftwareApplication
QuestionnaireItemEvent | Survey | Completed Skipped Started | Person | QuestionnaireItem | Attempt Response | Frame |
    DigitalResource SoftwareApplication
ResourceManagementEvent | ResourceManagement | Archived Copied Created Deleted Described Downloaded Modified Printed
    Published Restored Retrieved Saved Unpublished Uploaded | Person | DigitalResource | DigitalResource | |
    DigitalResource SoftwareApplication
SearchEvent | Search | Searched | Person | DigitalResource SoftwareApplication Entity | SearchResponse | |
    DigitalResource SoftwareApplication
SessionEvent | Session | LoggedIn LoggedOut TimedOut | Person SoftwareApplication | SoftwareApplication Session | |
    DigitalResource | DigitalResource SoftwareApplication
SurveyEvent | Survey | OptedIn OptedOut | Person | Survey | | | DigitalResource SoftwareApplication
SurveyInvitationEvent | Survey | Accepted Declined Sent | Person | SurveyInvitation | | | DigitalResource
    SoftwareApplication
ThreadEvent | Forum | MarkedAsRead MarkedAsUnRead MarkedAsUnread | Person | Thread | | Frame | DigitalResource
    SoftwareApplication
ToolLaunchEvent | ToolLaunch | Launched Returned | Person | SoftwareApplication | DigitalResource | Link LtiLink
    DigitalResource | DigitalResource SoftwareApplication
ToolUseEvent | ToolUse | Used | Person | SoftwareApplication | AggregateMeasureCollection | SoftwareApplication |
    DigitalResource SoftwareApplication
ViewEvent | * | Viewed | Agent | DigitalResource | Result | Frame | DigitalResource SoftwareApplication
"""

PROFILES = frozenset(
    f"{name}Profile"
    for name in _words(
        "General Annotation Assessment Assignable Feedback Forum Grading Media Reading ResourceManagement Search "
        "Session Survey ToolLaunch ToolUse"
    )
)

ACTIONS = _words(
    """Abandoned Accepted Activated Added Archived Attached Bookmarked ChangedResolution ChangedSize ChangedSpeed
    ChangedVolume Classified ClosedPopout Commented Completed Copied Created Deactivated Declined Deleted Described
    DisabledCloseCaptioning DisabledClosedCaptioning Disliked Downloaded EnabledCloseCaptioning EnabledClosedCaptioning
    Ended EnteredFullScreen ExitedFullScreen ForwardedTo Graded Hid Highlighted Identified JumpedTo Launched Liked
    Linked LoggedIn LoggedOut MarkedAsRead MarkedAsUnRead MarkedAsUnread Modified Muted NavigatedTo OpenedPopout OptedIn
    OptedOut Paused Posted Printed Published Questioned Ranked Recommended Removed Reset Restarted Restored Resumed
    Retrieved Returned Reviewed Rewound Saved Searched Sent Shared Showed Skipped Started Submitted Subscribed Tagged
    TimedOut Unmuted Unpublished Unsubscribed Uploaded Used Viewed"""
)

_SUBROLES = {
    "Administrator": "Administrator Developer ExternalDeveloper ExternalSupport ExternalSystemAdministrator Support "
    "SystemAdministrator SystemDeveloper",
    "ContentDeveloper": "ContentDeveloper ContentExpert ExternalContentExpert Librarian",
    "Instructor": "ExternalInstructor Grader GuestInstructor Instructor Lecturer PrimaryInstructor SecondaryInstructor "
    "TeachingAssistant TeachingAssistantGroup TeachingAssistantOffering TeachingAssistantSection "
    "TeachingAssistantSectionAssociation TeachingAssistantTemplate",
    "Learner": "ExternalLearner GuestLearner Learner NonCreditLearner",
    "Manager": "AreaManager CourseCoordinator ExternalObserver Manager Observer",
    "Member": "Member",
    "Mentor": "Advisor Auditor ExternalAdvisor ExternalAuditor ExternalLearningFacilitator ExternalMentor "
    "ExternalReviewer ExternalTutor LearningFacilitator Mentor Reviewer Tutor",
    "Officer": "Chair Communications Secretary Treasurer Vice-Chair",
}
VOCABULARIES = {
    "metric": _words(
        "AssessmentsSubmitted AssessmentsPassed MinutesOnTask SkillsMastered StandardsMastered UnitsCompleted "
        "UnitsPassed WordsRead"
    ),
    "message": frozenset({"LtiDeepLinkingRequest", "LtiResourceLinkRequest"}),
    "status": frozenset({"Active", "Inactive"}),
    "identifier": _words(
        "AccountUserName CaseItemUri EmailAddress LisSourcedId LtiContextId LtiDeploymentId LtiPlatformId LtiToolId "
        "LtiUserId OneRosterSourcedId Other SisSourcedId SystemId"
    ),
    "role": frozenset(_SUBROLES)
    | frozenset(f"{role}#{one}" for role, ones in _SUBROLES.items() for one in ones.split()),
}
